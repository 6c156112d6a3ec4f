"""Every published event type, its version, and the topic that carries it. A new type is one line here."""

from typing import NamedTuple

from shared.events.directory import (
    ContractAmended,
    ContractDrawnUp,
    CustomerRegistered,
    CustomerRenamed,
    EntitlementEnded,
    EntitlementGranted,
    PersonChanged,
    PersonRegistered,
    PersonRemoved,
    ServiceManagerAppointed,
    ServiceManagerWithdrawn,
)
from shared.events.envelope import Event
from shared.events.escalation import (
    OnCallAcknowledged,
    OnCallAlerted,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
    TicketRouted,
)
from shared.events.notification import NotificationFailed, NotificationHeld, NotificationSent
from shared.events.policy import DeviationAnnounced
from shared.events.review import ReviewAssigned, ReviewCompleted, ReviewOpened, ReviewWithdrawn
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
)
from shared.events.ticket import (
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    ResolutionExpected,
    SupplierAwaited,
    SurveyAnswered,
    TicketCategorised,
    TicketClosed,
    TicketMerged,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
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
    Entry(CustomerQuestioned, 1, "/intake"),
    Entry(CustomerAnswered, 1, "/intake"),
    Entry(SupplierAwaited, 1, "/intake"),
    Entry(ResolutionDateAgreed, 1, "/intake"),
    Entry(ResolutionExpected, 1, "/intake"),
    Entry(TicketResolved, 1, "/intake"),
    Entry(ClosureRequested, 1, "/intake"),
    Entry(TicketClosed, 1, "/intake"),
    Entry(TicketReopened, 1, "/intake"),
    Entry(ContractChanged, 1, "/intake"),
    Entry(TicketMerged, 1, "/intake"),
    Entry(TicketSplit, 1, "/intake"),
    Entry(SurveyAnswered, 1, "/intake"),
    Entry(ReviewOpened, 1, "/intake"),
    Entry(ReviewAssigned, 1, "/intake"),
    Entry(ReviewWithdrawn, 1, "/intake"),
    Entry(ReviewCompleted, 1, "/intake"),
    Entry(DeadlineStarted, 1, "/sla-engine"),
    Entry(DeadlinePaused, 1, "/sla-engine"),
    Entry(DeadlineResumed, 1, "/sla-engine"),
    Entry(DeadlineMoved, 1, "/sla-engine"),
    Entry(DeadlineWarned, 1, "/sla-engine"),
    Entry(DeadlineMet, 1, "/sla-engine"),
    Entry(DeadlineBreached, 1, "/sla-engine"),
    Entry(DeadlineCancelled, 1, "/sla-engine"),
    Entry(DeadlineSuperseded, 1, "/sla-engine"),
    Entry(BreachRetracted, 1, "/sla-engine"),
    Entry(TicketRouted, 1, "/escalation"),
    Entry(TicketAssigned, 1, "/escalation"),
    Entry(TicketEscalated, 1, "/escalation"),
    Entry(TicketReturned, 1, "/escalation"),
    Entry(OnCallAlerted, 1, "/escalation"),
    Entry(OnCallAcknowledged, 1, "/escalation"),
    Entry(ServiceManagerAlerted, 1, "/escalation"),
    Entry(NotificationSent, 1, "/notifier"),
    Entry(NotificationFailed, 1, "/notifier"),
    Entry(NotificationHeld, 1, "/notifier"),
    Entry(DeviationAnnounced, 1, "/sla-engine/policies"),
    Entry(CustomerRegistered, 1, "/intake/directory"),
    Entry(CustomerRenamed, 1, "/intake/directory"),
    Entry(ServiceManagerAppointed, 1, "/intake/directory"),
    Entry(ServiceManagerWithdrawn, 1, "/intake/directory"),
    Entry(EntitlementGranted, 1, "/intake/directory"),
    Entry(EntitlementEnded, 1, "/intake/directory"),
    Entry(ContractDrawnUp, 1, "/intake/directory"),
    Entry(ContractAmended, 1, "/intake/directory"),
    Entry(PersonRegistered, 1, "/intake/directory"),
    Entry(PersonChanged, 1, "/intake/directory"),
    Entry(PersonRemoved, 1, "/intake/directory"),
)

BY_NAME: dict[str, Entry] = {entry.name: entry for entry in CATALOGUE}
BY_CLASS: dict[type[Event], Entry] = {entry.event: entry for entry in CATALOGUE}


def type_name(event: Event) -> str:
    """The `ce_type` of `event`."""
    return BY_CLASS[type(event)].name
