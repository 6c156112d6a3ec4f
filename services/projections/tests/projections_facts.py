"""Every event of a ticket's life, to make histories of."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

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
from shared.events.people import Actor, Contact
from shared.events.review import (
    ReviewAction,
    ReviewAssigned,
    ReviewCompleted,
    ReviewOpened,
    ReviewWithdrawn,
)
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineKind,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineSuperseded,
    DeadlineWarned,
)
from shared.events.ticket import (
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    ContractTerms,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    ResolutionExpected,
    SupplierAwaited,
    SurveyAnswered,
    TicketCategorised,
    TicketClosed,
    TicketMerged,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)

AGENT = Actor(id="agent-1", party="support", role="agent")
CUSTOMER = Actor(id="client-1", party="customer", role="client")
OTHER = "01900000-0000-7000-8000-000000000000"
START = datetime(2026, 3, 27, tzinfo=UTC)
TERMS = ContractTerms(id="timecare", policy="timecare", timezone="Europe/Helsinki", locale="sv", lines=3)
YLVA = Contact(name="Ylva Exempel", email="ylva.exempel@acme.example")
LATER = datetime(2026, 4, 1, tzinfo=UTC)
INTAKE: list[Event] = [
    TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT),
    TicketPrioritised(priority="P4", previous="P1", basis="worsened", by=AGENT),
    TicketCategorised(category="defect", previous=None, by=AGENT),
    CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body="Still so."),
    CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="Odd."),
    WorkStarted(by=AGENT),
    CustomerQuestioned(comment_id="q", by=AGENT, body="Which version?"),
    CustomerQuestioned(comment_id="q", by=AGENT, body="And since when?"),
    CustomerAnswered(comment_id="c", by=CUSTOMER),
    SupplierAwaited(reference="S-1", by=AGENT),
    ResolutionDateAgreed(due_at=LATER, by=AGENT, agreed_by="Ada"),
    ResolutionExpected(expected_at=LATER, previous=None, by=AGENT),
    TicketResolved(by=AGENT, solution="Restarted."),
    ClosureRequested(by=CUSTOMER),
    TicketClosed(by=AGENT, resolved=True),
    TicketClosed(by=AGENT, resolved=False, merged_into=OTHER),
    TicketReopened(previous="closed", by=CUSTOMER, reason="Again."),
    ContractChanged(contract=TERMS, previous="hubs", by=AGENT),
    TicketMerged(source=OTHER, source_number="1", target=OTHER, target_number="2", by=AGENT),
    TicketSplit(into=OTHER, into_number="3", by=AGENT),
    SurveyAnswered(score=4, by=CUSTOMER),
    ReviewOpened(review=1, highest_priority="P1", due_at=START + timedelta(hours=1), owner=YLVA, by=AGENT),
    ReviewOpened(review=2, highest_priority="P2", due_at=LATER, by=AGENT),
    ReviewAssigned(review=1, due_at=LATER, previous_due_at=START, owner_changed=True, owner=YLVA, by=AGENT),
    ReviewWithdrawn(review=1, reason="reopened", by=CUSTOMER),
    ReviewCompleted(
        review=1,
        by=AGENT,
        contentment=4,
        contentment_source="survey",
        root_cause="A full disk.",
        actions=(ReviewAction(what="Watch it.", due_on=date(2026, 4, 1)),),
    ),
]
MAIL: dict[str, Any] = {"notification_id": "n", "about": "x", "template": "t", "channel": "email"}
OTHERS: list[Event] = [
    TicketRouted(line=1, team="line-1"),
    TicketAssigned(line=2, team="line-2", by=AGENT, assignee="agent-1"),
    TicketAssigned(line=2, team="line-2", by=AGENT, assignee=None),
    TicketEscalated(from_line=1, to_line=2, team="line-2", cause="priority", cause_id="P1"),
    TicketEscalated(
        from_line=1, to_line=2, team="line-2", cause="manual", cause_id="x", by=AGENT, reason="Hard."
    ),
    TicketReturned(from_line=2, to_line=1, team="line-1", by=AGENT, reason="Easy."),
    OnCallAlerted(
        alert_id="a",
        team="line-2",
        level=1,
        attempt=1,
        reason="priority",
        cause_id="P1",
        acknowledge_by=LATER,
    ),
    OnCallAcknowledged(alert_id="a", by=AGENT),
    ServiceManagerAlerted(reason="priority", cause_id="P1", priority="P1"),
    NotificationSent(recipient="reporter", attempts=1, address="ada@acme.example", **MAIL),
    NotificationSent(recipient="assignee", attempts=1, **MAIL),
    NotificationFailed(recipient="reporter", attempts=3, reason="refused", **MAIL),
    NotificationHeld(recipient="team", until=LATER, reason="burst", **MAIL),
]


def endings(start: datetime, name: str, kind: DeadlineKind, *, internal: bool = False) -> list[Event]:
    """Whatever can be said of a clock that began, in no sensible order."""
    due = start + timedelta(hours=1)
    clock: dict[str, Any] = {"deadline_id": name, "kind": kind, "internal": internal}
    of: dict[str, Any] = {**clock, "due_at": due}
    moved = {"due_at": due + timedelta(hours=2), "warn_at": due + timedelta(hours=1)}
    return [
        DeadlineWarned(reason="fraction", warn_at=due, **of),
        DeadlineMet(met_at=due, late=True, **of),
        DeadlineBreached(commitment="promise", detected_at=due, **of),
        BreachRetracted(met_at=due, **of),
        BreachRetracted(met_at=None, retracted_at=due, **of),
        DeadlinePaused(paused_at=start, reason="waiting_for_customer", **of),
        DeadlineResumed(resumed_at=due, **moved, **clock),
        DeadlineMoved(previous_due_at=due, received_at=due, calendar_version="2", **moved, **clock),
        DeadlineCancelled(reason="closed", **clock),
        DeadlineSuperseded(superseded_by="d9", **clock),
    ]
