"""What the engine listens to: event type → handler. Types that are not listed change no clock."""

from collections.abc import Callable
from typing import Final

from shared.events.envelope import Event, Recorded
from shared.events.escalation import TicketEscalated, TicketRouted
from shared.events.ticket import (
    CommentAdded,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)
from sla_engine.agreements import Agreements
from sla_engine.handlers import hear, open_ticket
from sla_engine.work import Work

GROUP: Final = "sla-engine"
SOURCES: Final = ("/intake", "/escalation")

HANDLERS: Final[dict[type[Event], Callable[[Work, Agreements, Recorded], None]]] = {
    TicketOpened: open_ticket,
    TicketPrioritised: hear,
    CommentAdded: hear,
    WorkStarted: hear,
    TicketResolved: hear,
    TicketClosed: hear,
    TicketRouted: hear,
    TicketEscalated: hear,
}
