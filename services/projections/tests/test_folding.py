"""What each event means to the read models."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from projections.domain.fold import fold
from projections.domain.timeline import for_customer
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated, TicketRouted
from shared.events.notification import NotificationSent, Recipient
from shared.events.people import SYSTEM, Actor
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineSuperseded,
    DeadlineWarned,
)
from shared.events.ticket import CommentAdded, TicketClosed, TicketPrioritised, TicketResolved, WorkStarted

Stories = Callable[..., Any]
AGENT = Actor(id="agent-1", party="support", role="agent")
CUSTOMER = Actor(id="client-1", party="customer", role="client")


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


def test_the_customer_hears_of_the_line_but_not_of_the_team_or_why() -> None:
    moved = {"from_line": 1, "to_line": 2, "team": "line-2", "cause": "priority", "cause_id": "P1"}
    assert for_customer("/escalation", moved) == {"from_line": 1, "to_line": 2}
    assert for_customer("/intake", {"cause": "disk full"}) == {"cause": "disk full"}
