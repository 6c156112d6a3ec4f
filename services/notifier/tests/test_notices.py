"""Given a fact, then who is told of it: the table as rules."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.notifier_facts import (
    AGENT,
    ALERTED,
    BREACHED,
    CLIENT,
    ESCALATED,
    HUBS,
    START,
    comment,
    fact,
    opened,
)

from notifier.domain.notice import Notice
from notifier.domain.notices import notices_of
from notifier.domain.ticket import Ticket, observe
from notifier.subscriptions import SUBSCRIBED
from shared.events.envelope import Event
from shared.events.escalation import OnCallAlerted, TicketAssigned, TicketReturned, TicketRouted
from shared.events.ids import new_id
from shared.events.people import SYSTEM
from shared.events.sla import DeadlineWarned
from shared.events.ticket import (
    ClosureRequested,
    ContractChanged,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    ResolutionExpected,
    SurveyAnswered,
    TicketClosed,
    TicketMerged,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)

SUBJECT = new_id()
OTHER = str(new_id())
KNOWN = observe(Ticket(), fact(opened(priority="P3"), SUBJECT))
WARNED = DeadlineWarned(
    deadline_id="d1", kind="resolution", reason="fraction", warn_at=BREACHED.due_at, due_at=BREACHED.due_at
)
QUESTION = CustomerQuestioned(comment_id="1", by=AGENT, body="Vilken version?")
RETURNED = TicketReturned(from_line=2, to_line=1, team="line-1", by=AGENT, reason="Klart")
MERGED = TicketMerged(
    source=str(SUBJECT), source_number="2026-000123", target=OTHER, target_number="2026-000124", by=AGENT
)
SPLIT = TicketSplit(into=OTHER, into_number="2026-000124", by=AGENT)


def told(event: Event, before: Ticket = KNOWN) -> list[Notice]:
    return list(notices_of(fact(event, SUBJECT), before))


def whom(event: Event, before: Ticket = KNOWN) -> set[tuple[str, str]]:
    return {(notice.template, notice.recipient) for notice in told(event, before)}


def support(template: str) -> set[tuple[str, str]]:
    return {(template, "team"), (template, "assignee")}


@pytest.mark.parametrize(
    ("event", "template", "facts"),
    [
        (comment("Hej"), "comment_added", {"body": "Hej"}),
        (QUESTION, "customer_questioned", {"body": "Vilken version?"}),
        (
            ResolutionDateAgreed(due_at=START, by=AGENT),
            "date_agreed",
            {"due_at": "2026-03-02T08:00:00.000000Z"},
        ),
        (
            ResolutionExpected(expected_at=START, previous=None, by=AGENT),
            "resolution_expected",
            {"expected_at": "2026-03-02T08:00:00.000000Z", "previous": None},
        ),
        (TicketResolved(by=AGENT, solution="Klart"), "ticket_resolved", {"solution": "Klart"}),
        (TicketClosed(by=AGENT, resolved=True), "ticket_closed", {}),
        (TicketReopened(previous="closed", by=AGENT), "ticket_reopened", {}),
        (ContractChanged(contract=HUBS, previous="gold", by=AGENT), "contract_changed", {"previous": "gold"}),
        (MERGED, "ticket_merged", {"number": "2026-000124"}),
        (SPLIT, "ticket_split", {"number": "2026-000124"}),
    ],
)
def test_the_customer_is_told_of_what_support_does(
    event: Event, template: str, facts: dict[str, Any]
) -> None:
    (notice,) = told(event)

    assert (notice.template, notice.recipient) == (template, "reporter")
    assert facts.items() <= notice.facts.items()


def test_a_new_ticket_is_confirmed_to_the_customer_and_laid_before_line_1_a_p1_before_line_2() -> None:
    for priority, team in (("P3", "line-1"), ("P1", "line-2"), (None, "line-1")):
        confirmation, new = told(replace(opened(), priority=priority), Ticket())
        assert (confirmation.template, confirmation.recipient) == ("ticket_opened", "reporter")
        assert (new.template, new.recipient, new.team) == ("ticket_new", "team", team)


def test_a_priority_that_is_a_wish_begins_with_line_1() -> None:
    wished = replace(opened(), contract=replace(HUBS, priority_is_wish=True))
    assert told(wished, Ticket())[1].team == "line-1"


def test_an_answer_to_what_the_customer_wrote_is_told_as_one() -> None:
    wrote = observe(KNOWN, fact(comment("Hur går det?", by=CLIENT), SUBJECT))
    assert whom(comment("Bra"), wrote) == {("comment_answered", "reporter")}
    answered = observe(wrote, fact(comment("Bra"), SUBJECT))
    assert whom(comment("Klart snart"), answered) == {("comment_added", "reporter")}


def test_support_is_told_of_what_the_customer_does() -> None:
    assert whom(comment("Nu igen", by=CLIENT)) == support("customer_commented")
    assert whom(ClosureRequested(by=CLIENT)) == support("closure_requested")
    assert whom(TicketReopened(previous="resolved", by=CLIENT)) == support("customer_reopened")


def test_an_answer_that_ends_a_wait_is_told_once_and_as_an_answer() -> None:
    waiting = observe(KNOWN, fact(QUESTION, SUBJECT))
    answer = comment("Version 7", by=CLIENT)
    assert whom(answer, waiting) == support("customer_answered")
    answered = CustomerAnswered(comment_id="1", by=CLIENT)
    assert told(answered, observe(waiting, fact(answer, SUBJECT))) == []
    assert whom(answer, observe(waiting, fact(answered, SUBJECT))) == support("customer_commented")


def test_an_automatic_reply_is_no_answer() -> None:
    waiting = observe(KNOWN, fact(QUESTION, SUBJECT))
    automatic = replace(comment("Jag är borta", by=CLIENT), automatic=True)
    assert whom(automatic, waiting) == support("customer_commented")
    assert observe(waiting, fact(automatic, SUBJECT)).asked


def test_support_is_told_of_a_low_score_only() -> None:
    for score in (1, 2):
        assert whom(SurveyAnswered(score=score, by=CLIENT)) == support("survey_low")
    assert told(SurveyAnswered(score=3, by=CLIENT)) == []


def test_work_started_is_told_on_a_p1_only() -> None:
    assert told(WorkStarted(by=AGENT)) == []
    assert whom(WorkStarted(by=AGENT), replace(KNOWN, priority="P1")) == {("work_started", "reporter")}


def test_work_that_goes_on_after_a_wait_is_not_told_as_started_again() -> None:
    assert told(WorkStarted(by=AGENT), replace(KNOWN, priority="P1", worked_on=True)) == []


@pytest.mark.parametrize("event", [BREACHED, WARNED])
@pytest.mark.parametrize("internal", [False, True])
def test_clocks_of_every_kind_are_told_to_support_and_never_to_the_customer(
    event: Event, internal: bool
) -> None:
    notices = told(replace(event, internal=internal))

    assert {notice.recipient for notice in notices} == {"team", "assignee"}
    assert all(notice.urgent for notice in notices)


def test_the_service_manager_is_told_of_a_breach_by_the_alert_and_not_twice() -> None:
    assert all(notice.recipient != "service_manager" for notice in told(BREACHED))
    for reason in ("priority", "response_breached", "resolution_breached"):
        (notice,) = told(replace(ALERTED, reason=reason))
        assert (notice.recipient, notice.urgent) == ("service_manager", True)


def test_an_alert_goes_to_the_person_on_call_however_many_came_before() -> None:
    for attempt in (1, 2):
        alert = OnCallAlerted(
            alert_id="a1",
            team="line-2",
            level=1,
            attempt=attempt,
            reason="priority",
            cause_id="P1",
            acknowledge_by=START,
            email="bo@support.example",
        )
        (notice,) = told(alert)
        assert (notice.recipient, notice.urgent) == ("on_call", True)
        assert notice.facts["alert"] == "a1"


def test_every_move_to_another_line_is_told_to_the_customer_and_to_the_line_that_receives_it() -> None:
    on_line_2 = replace(KNOWN, line=2, team="line-2")
    up, down = ("ticket_escalated", "reporter"), ("ticket_returned", "reporter")
    received = ("ticket_received", "team")
    assert whom(ESCALATED) == {up, received}
    assert whom(RETURNED, on_line_2) == {down, received}
    assert whom(TicketRouted(line=2, team="line-2")) == {up, received}
    assert whom(TicketRouted(line=1, team="line-1"), on_line_2) == {down, received}
    taken = TicketAssigned(line=2, team="line-2", by=AGENT, assignee=AGENT.id)
    assert whom(taken) == {up, received}
    assert all(notice.team == "line-2" for notice in told(ESCALATED) if notice.recipient == "team")


def test_why_support_moved_a_ticket_is_not_told_to_the_customer() -> None:
    for move in (replace(ESCALATED, cause="manual", by=AGENT, reason="Slarvig kund"), RETURNED):
        customer, team = told(move)
        assert customer.recipient == "reporter"
        assert "reason" not in customer.facts
        assert team.facts["reason"] in ("Slarvig kund", "Klart")


def test_the_assignee_is_told_unless_they_took_it_themselves() -> None:
    given = TicketAssigned(line=1, team="line-1", by=AGENT, assignee="agent-8")
    assert whom(given) == {("ticket_assigned", "assignee")}
    assert told(replace(given, assignee=AGENT.id)) == []
    assert told(replace(given, assignee=None)) == []
    assert told(given, observe(KNOWN, fact(given, SUBJECT))) == []


def test_a_merge_is_told_once_to_the_customer_whose_ticket_ends() -> None:
    assert told(TicketClosed(by=AGENT, resolved=False, merged_into=OTHER)) == []
    assert told(replace(MERGED, source=OTHER, target=str(SUBJECT))) == []


@pytest.mark.parametrize(
    "event",
    [
        comment("Bara vi", visibility="internal"),
        comment("Bara vi", visibility="internal", by=CLIENT),
        TicketPrioritised(priority="P2", previous=None, basis="correction", by=AGENT),
        TicketRouted(line=1, team="line-1"),
        comment("Automatiskt", by=SYSTEM),
    ],
)
def test_nobody_is_told_of_internal_words_nor_of_what_changes_nothing_for_them(event: Event) -> None:
    assert told(event) == []


@pytest.mark.parametrize(
    "event",
    [
        comment("Nu igen", by=CLIENT),
        TicketClosed(by=CLIENT, resolved=True),
        TicketReopened(previous="resolved", by=CLIENT),
        ResolutionDateAgreed(due_at=START, by=CLIENT),
        ClosureRequested(by=CLIENT),
        SurveyAnswered(score=1, by=CLIENT),
    ],
)
def test_the_customer_is_not_told_of_what_it_did_itself(event: Event) -> None:
    assert all(notice.recipient != "reporter" for notice in told(event))


def test_everything_that_is_told_is_subscribed_to() -> None:
    events = (
        opened(),
        comment("Hej"),
        ESCALATED,
        ALERTED,
        BREACHED,
        WARNED,
        QUESTION,
        RETURNED,
        MERGED,
        SPLIT,
    )

    assert {type(event) for event in events} <= SUBSCRIBED.keys()
