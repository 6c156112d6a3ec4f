"""What this service listens to: event type → what it is to a ticket's routing."""

from typing import Final

from shared.events.envelope import Event
from shared.events.sla import BreachRetracted, DeadlineBreached
from shared.events.ticket import TicketClosed, TicketOpened, TicketPrioritised, TicketResolved

GROUP: Final = "escalation"
SOURCES: Final = ("/intake", "/sla-engine")

SUBSCRIBED: Final[dict[type[Event], str]] = {
    TicketOpened: "the ticket is known: route it, and weigh what was heard before",
    TicketPrioritised: "a priority that escalates at once, or is alerted of",
    TicketResolved: "the end: causes at or after it do not count",
    TicketClosed: "the end: causes at or after it do not count",
    DeadlineBreached: "a move up, an alert, or both",
    BreachRetracted: "the breach never was",
}
