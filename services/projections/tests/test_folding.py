"""What each event means to the read models."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from projections.domain.changes import NEVER, NO_SCORE, NOTHING
from projections.domain.fold import fold
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
from shared.events.notification import NotificationSent, Recipient
from shared.events.people import SYSTEM, Actor
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
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
    ResolutionDateAgreed,
    SurveyAnswered,
    TicketClosed,
    TicketMerged,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)

Stories = Callable[..., Any]
AGENT = Actor(id="agent-1", party="support", role="agent")
CUSTOMER = Actor(id="client-1", party="customer", role="client")
CONTRACT = ContractTerms(id="hubs", policy="hubs", timezone="Europe/Stockholm", locale="sv", lines=2)


def test_the_opened_ticket_keeps_what_was_reported(story: Stories) -> None:
    ada = story()
    ada.opened(subject="Cannot log in")
    change = fold(ada.events).tickets[ada.ticket]
    assert (change.subject, change.contract, change.stage, change.acted) == (
        "Cannot log in",
        "hubs",
        "open",
        None,
    )
    assert change.reporter == '{"name":"Ada","email":"ada@acme.example","phone":null}'


@pytest.mark.parametrize(
    ("comment", "acted"),
    [
        (CommentAdded(comment_id="c", visibility="public", by=CUSTOMER), None),
        (CommentAdded(comment_id="c", visibility="public", by=AGENT), True),
        (CommentAdded(comment_id="c", visibility="internal", by=AGENT), True),
        (CommentAdded(comment_id="c", visibility="public", by=SYSTEM, automatic=True), None),
    ],
)
def test_a_ticket_is_new_until_a_person_in_support_acts(
    story: Stories, comment: CommentAdded, acted: bool | None
) -> None:
    ada = story()
    ada.opened()
    ada.told(comment)
    assert fold(ada.events).tickets[ada.ticket].acted is acted


def test_the_last_word_of_intake_is_the_tickets_stage_and_time(story: Stories) -> None:
    ada = story()
    ada.opened()
    ada.told(TicketPrioritised(priority="P2", previous=None, basis="correction", by=AGENT))
    ada.told(WorkStarted(by=AGENT))
    ada.told(TicketResolved(by=AGENT, solution="Restarted."))
    last = ada.told(TicketClosed(by=CUSTOMER, resolved=True))
    change = fold(ada.events).tickets[ada.ticket]
    assert (change.priority, change.stage, change.intake_version) == ("P2", "closed", 5)
    assert change.updated_at == last.time


def test_a_deadline_is_what_was_last_said_of_it(story: Stories) -> None:
    ada = story()
    due = ada.opened().time + timedelta(hours=1)
    for name in ("met", "late", "cancelled", "superseded", "retracted"):
        ada.deadline(name, "resolution", due)
    ada.told(DeadlineWarned(deadline_id="met", kind="resolution", reason="fraction", warn_at=due, due_at=due))
    ada.told(DeadlineMet(deadline_id="met", kind="resolution", met_at=due, due_at=due, late=False))
    for name in ("late", "retracted"):
        ada.told(
            DeadlineBreached(
                deadline_id=name, kind="resolution", commitment="promise", due_at=due, detected_at=due
            )
        )
    ada.told(DeadlineMet(deadline_id="late", kind="resolution", met_at=due, due_at=due, late=True))
    ada.told(DeadlineCancelled(deadline_id="cancelled", kind="resolution", reason="closed"))
    ada.told(DeadlineSuperseded(deadline_id="superseded", kind="resolution", superseded_by="met"))
    retraction = ada.told(BreachRetracted(deadline_id="retracted", kind="resolution", due_at=due, met_at=due))
    ada.told(DeadlineMet(deadline_id="retracted", kind="resolution", met_at=due, due_at=due, late=False))
    changes = {name: change for (_, name), change in fold(ada.events).deadlines.items()}
    assert {name: change.state for name, change in changes.items()} == {
        "met": "met",
        "late": "met_late",
        "cancelled": "cancelled",
        "superseded": "superseded",
        "retracted": "met",
    }
    assert changes["met"].warned and changes["late"].breached_at == due
    assert changes["retracted"].retracted_at == retraction.time


def test_routing_follows_the_newest_move(story: Stories) -> None:
    ada = story()
    ada.told(TicketRouted(line=1, team="line-1"))
    ada.told(TicketEscalated(from_line=1, to_line=2, team="line-2", cause="priority", cause_id="P1"))
    ada.told(ServiceManagerAlerted(reason="escalated", cause_id="P1", priority="P1"))
    change = fold(ada.events).routing[ada.ticket]
    assert (change.line, change.team, change.routing_version) == (2, "line-2", 3)


def _notified(recipient: Recipient) -> NotificationSent:
    return NotificationSent(
        notification_id="n", about="x", template="t", channel="email", recipient=recipient, attempts=1
    )


def test_the_customers_timeline_leaves_out_what_is_support_s_own(story: Stories) -> None:
    ada = story()
    ada.opened()
    ada.told(CommentAdded(comment_id="c1", visibility="internal", by=AGENT))
    ada.told(CommentAdded(comment_id="c2", visibility="public", by=AGENT))
    ada.deadline("d1", "triage", ada.events[0].time, internal=True)
    ada.deadline("d2", "triage", ada.events[0].time)
    ada.told(ServiceManagerAlerted(reason="breach", cause_id="d2", priority="P1"))
    ada.told(_notified("service_manager"))
    ada.told(_notified("reporter"))
    assert [entry.visibility for entry in fold(ada.events).timeline] == [
        "public", "internal", "public", "internal", "public", "internal", "internal", "public",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "first_act",
    [
        TicketSplit(into="b", into_number="2", by=AGENT),
        TicketMerged(source="b", source_number="2", target="a", target_number="1", by=AGENT),
        ContractChanged(contract=CONTRACT, previous="timecare", by=AGENT),
    ],
)
def test_a_ticket_is_new_until_support_first_acts_whatever_it_does(story: Stories, first_act: Event) -> None:
    ada = story()
    ada.opened()
    assert not fold(ada.events).tickets[ada.ticket].acted
    ada.told(first_act)
    assert fold(ada.events).tickets[ada.ticket].acted


def test_who_in_support_has_it_and_whom_support_woke_is_not_told_to_customers(story: Stories) -> None:
    ada = story()
    ada.told(TicketAssigned(line=2, team="line-2", by=AGENT, assignee="agent-1"))
    ada.told(TicketReturned(from_line=2, to_line=1, team="line-1", by=AGENT))
    ada.told(
        OnCallAlerted(
            alert_id="a",
            team="line-2",
            level=1,
            attempt=1,
            reason="priority",
            cause_id="P1",
            acknowledge_by=None,
        )
    )
    ada.told(OnCallAcknowledged(alert_id="a", by=AGENT))
    assert [entry.visibility for entry in fold(ada.events).timeline] == [
        "internal", "public", "internal", "internal",
    ]  # fmt: skip


def test_a_move_to_another_line_leaves_the_ticket_with_nobody(story: Stories) -> None:
    ada = story()
    ada.told(TicketAssigned(line=1, team="line-1", by=AGENT, assignee="agent-1"))
    assert fold(ada.events).routing[ada.ticket].assignee == "agent-1"
    ada.told(TicketEscalated(from_line=1, to_line=2, team="line-2", cause="priority", cause_id="P1"))
    assert fold(ada.events).routing[ada.ticket].assignee == NOTHING


def test_a_merged_ticket_says_what_it_goes_on_in_and_a_reopened_one_forgets_its_end(story: Stories) -> None:
    ada = story()
    ada.opened()
    ada.told(ResolutionDateAgreed(due_at=ada.events[0].time, by=AGENT))
    ada.told(ClosureRequested(by=CUSTOMER))
    ada.told(TicketMerged(source="a", source_number="1", target="b", target_number="2", by=AGENT))
    assert fold(ada.events).tickets[ada.ticket].merged_into is None, "information only: it may be the target"
    ada.told(TicketClosed(by=AGENT, resolved=False, merged_into="b"))
    closed = fold(ada.events).tickets[ada.ticket]
    assert (closed.stage, closed.merged_into, closed.agreed_due_at) == ("closed", "b", ada.events[0].time)
    ada.told(SurveyAnswered(score=2, by=CUSTOMER))
    ada.told(TicketReopened(previous="closed", by=CUSTOMER))
    again = fold(ada.events).tickets[ada.ticket]
    assert again.survey_score == NO_SCORE
    assert (again.stage, again.merged_into, again.agreed_due_at, again.closure_requested_at) == (
        "open",
        NOTHING,
        NEVER,
        NEVER,
    )


def test_a_paused_deadline_goes_on_to_its_new_instant(story: Stories) -> None:
    ada = story()
    due = ada.opened().time + timedelta(hours=1)
    ada.deadline("d1", "resolution", due)
    of: dict[str, Any] = {"deadline_id": "d1", "kind": "resolution"}
    ada.told(DeadlinePaused(paused_at=due, due_at=due, reason="waiting_for_customer", **of))
    [paused] = fold(ada.events).deadlines.values()
    assert (paused.state, paused.due_at, paused.paused_at) == ("paused", due, due)
    later = due + timedelta(hours=2)
    ada.told(DeadlineResumed(resumed_at=due, due_at=later, warn_at=None, **of))
    [running] = fold(ada.events).deadlines.values()
    assert (running.state, running.due_at) == ("running", later)
