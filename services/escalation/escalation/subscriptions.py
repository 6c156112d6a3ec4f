"""What this service listens to: event type → what it is to a ticket's routing."""

from typing import Final

from shared.events.envelope import Event
from shared.events.sla import BreachRetracted, DeadlineBreached, DeadlineStarted
from shared.events.ticket import (
    CommentAdded,
    ContractChanged,
    CustomerQuestioned,
    TicketCategorised,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    WorkStarted,
)

GROUP: Final = "escalation"
SOURCES: Final = ("/intake", "/sla-engine")

SUBSCRIBED: Final[dict[type[Event], str]] = {
    TicketOpened: "the ticket is known: route it, and weigh what was heard before",
    TicketPrioritised: "a priority that escalates at once, or is alerted of; support's first is the triage",
    TicketCategorised: "where the ticket belongs, from its triage on",
    TicketResolved: "the end: causes at or after it do not count, and alerts are answered",
    TicketClosed: "the end: causes at or after it do not count, and alerts are answered",
    TicketReopened: "it goes on: causes count again",
    ContractChanged: "another last line, and other priorities that escalate",
    WorkStarted: "somebody in support has taken the matter on: alerts are answered",
    CommentAdded: "a public word of a person in support answers alerts too",
    CustomerQuestioned: "a public word of a person in support answers alerts too",
    DeadlineStarted: "whether a clock began in support hours",
    DeadlineBreached: "a move up, an alert, or both",
    BreachRetracted: "the breach never was",
}
