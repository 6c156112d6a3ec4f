"""Every published event type, its version, and the topic that carries it. A new type is one line here."""

from typing import NamedTuple

from shared.events.envelope import Event
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated, TicketRouted
from shared.events.notification import NotificationFailed, NotificationSent
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
)
from shared.events.ticket import (
    CommentAdded,
    TicketCategorised,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)

TOPICS = {
    "/intake": "ticket-events",
    "/sla-engine": "sla-events",
    "/escalation": "escalation-events",
    "/notifier": "notification-events",
    "/intake/directory": "directory-events",
    "/sla-engine/policies": "policy-events",
}


class Entry(NamedTuple):
    event: type[Event]
    version: int
    source: str

    @property
    def name(self) -> str:
        """The wire's `ce_type`, such as `TicketOpened.v1`: deliberately not reverse-DNS."""
        return f"{self.event.__name__}.v{self.version}"


CATALOGUE = (
    Entry(TicketOpened, 1, "/intake"),
    Entry(TicketPrioritised, 1, "/intake"),
    Entry(TicketCategorised, 1, "/intake"),
    Entry(CommentAdded, 1, "/intake"),
    Entry(WorkStarted, 1, "/intake"),
    Entry(TicketResolved, 1, "/intake"),
    Entry(TicketClosed, 1, "/intake"),
    Entry(DeadlineStarted, 1, "/sla-engine"),
    Entry(DeadlineWarned, 1, "/sla-engine"),
    Entry(DeadlineMet, 1, "/sla-engine"),
    Entry(DeadlineBreached, 1, "/sla-engine"),
    Entry(DeadlineCancelled, 1, "/sla-engine"),
    Entry(DeadlineSuperseded, 1, "/sla-engine"),
    Entry(BreachRetracted, 1, "/sla-engine"),
    Entry(TicketRouted, 1, "/escalation"),
    Entry(TicketEscalated, 1, "/escalation"),
    Entry(ServiceManagerAlerted, 1, "/escalation"),
    Entry(NotificationSent, 1, "/notifier"),
    Entry(NotificationFailed, 1, "/notifier"),
)

BY_NAME: dict[str, Entry] = {entry.name: entry for entry in CATALOGUE}
BY_CLASS: dict[type[Event], Entry] = {entry.event: entry for entry in CATALOGUE}


def type_name(event: Event) -> str:
    """The `ce_type` of `event`."""
    return BY_CLASS[type(event)].name
