"""What the engine listens to: event type → handler. Types that are not listed change no clock.

Contracts, of `/intake/directory`, are no ticket's: `adapters/contract_table.py` learns them.
"""

from collections.abc import Callable
from typing import Final

from shared.events.envelope import Event, Recorded
from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned, TicketRouted
from shared.events.review import ReviewAssigned, ReviewCompleted, ReviewOpened, ReviewWithdrawn
from shared.events.ticket import (
    CommentAdded,
    ContractChanged,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    WorkStarted,
)
from sla_engine.agreements import Agreements
from sla_engine.handlers import hear, open_ticket
from sla_engine.work import Work

GROUP: Final = "sla-engine"
DIRECTORY: Final = "/intake/directory"
SOURCES: Final = ("/intake", DIRECTORY, "/escalation")

HANDLERS: Final[dict[type[Event], Callable[[Work, Agreements, Recorded], None]]] = {
    TicketOpened: open_ticket,
    TicketPrioritised: hear,
    CommentAdded: hear,
    WorkStarted: hear,
    CustomerQuestioned: hear,
    CustomerAnswered: hear,
    ResolutionDateAgreed: hear,
    TicketResolved: hear,
    TicketClosed: hear,
    TicketReopened: hear,
    ContractChanged: hear,
    ReviewOpened: hear,
    ReviewAssigned: hear,
    ReviewWithdrawn: hear,
    ReviewCompleted: hear,
    TicketRouted: hear,
    TicketEscalated: hear,
    TicketAssigned: hear,
    TicketReturned: hear,
}
