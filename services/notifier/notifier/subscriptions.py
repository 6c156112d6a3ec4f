"""What this service listens to: event type → who is told."""

from typing import Final

from shared.events.envelope import Event
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated, TicketRouted
from shared.events.sla import DeadlineBreached, DeadlineWarned
from shared.events.ticket import (
    CommentAdded,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
)

GROUP: Final = "notifier"
SOURCES: Final = ("/intake", "/sla-engine", "/escalation")

SUBSCRIBED: Final[dict[type[Event], str]] = {
    TicketOpened: "the reporter, that it was received and under which number",
    TicketPrioritised: "nobody; later notices name the priority",
    CommentAdded: "the reporter, of support's public words; the team, of the customer's",
    TicketResolved: "the reporter, of the solution",
    TicketClosed: "the reporter, when support closed it",
    DeadlineWarned: "the team that holds the ticket",
    DeadlineBreached: "the team that holds the ticket",
    TicketRouted: "nobody; it names the team",
    TicketEscalated: "the reporter, of the escalation; it names the team",
    ServiceManagerAlerted: "the service manager",
}
