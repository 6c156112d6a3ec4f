"""Agreed dates, reopening, other contracts, hands that move a ticket (R10, R12, R15, R17)."""

from datetime import datetime

import pytest
from tests.story import (
    AGENT,
    ANSWERED,
    ASKED,
    CLOSED,
    CUSTOMER,
    REOPENED,
    SOLVED,
    WORK,
    At,
    Pair,
    Story,
    priority,
    word,
)

from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned, TicketRouted
from shared.events.sla import (
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
)
from shared.events.ticket import (
    ClosureRequested,
    ContractChanged,
    ContractTerms,
    ResolutionDateAgreed,
    ResolutionExpected,
    SupplierAwaited,
    SurveyAnswered,
    TicketClosed,
    TicketMerged,
    TicketSplit,
)
from sla_engine.domain.facts import Happening
from sla_engine.domain.terms import Terms


def agreed(due_at: datetime) -> ResolutionDateAgreed:
    return ResolutionDateAgreed(due_at=due_at, by=AGENT)


def test_an_agreed_date_takes_the_place_of_the_computed_one(hubs: Story, at: At) -> None:
    hubs.opened("2026-05-11 10:00", "P3").then("2026-05-11 12:00", agreed(hubs.time("2026-05-31 12:00")))
    assert hubs.types("resolution") == [DeadlineSuperseded, DeadlineStarted]
    (started,) = hubs.said(DeadlineStarted, "resolution")
    assert isinstance(started, DeadlineStarted)
    assert started.agreed is True
    assert hubs.of("resolution").due == at("2026-05-31 12:00")
    assert hubs.of("resolution").warn == at("2026-05-26 12:00")


def test_an_agreed_date_is_warned_of_at_three_quarters_of_the_time_since_the_agreement(hubs: Story) -> None:
    hubs.opened("2026-05-11 10:00", "P4").then("2026-05-11 12:00", agreed(hubs.time("2026-05-15 12:00")))
    assert not hubs.until("2026-05-14 11:59:59").said(DeadlineWarned, "resolution")
    assert hubs.until("2026-05-14 12:00").said(DeadlineWarned, "resolution")


def test_a_raised_priority_supersedes_an_agreed_date_and_a_lowered_one_leaves_it(hubs: Story, at: At) -> None:
    hubs.opened("2026-05-11 10:00", "P2").then("2026-05-11 12:00", agreed(hubs.time("2026-05-31 12:00")))
    for lower, was in (("P3", "P2"), ("P4", "P3")):
        hubs.then("2026-05-11 12:30", priority(lower, was))
        assert hubs.types("resolution") == []
    hubs.then("2026-05-11 13:00", priority("P1", "P4"))
    assert hubs.types("resolution") == [DeadlineSuperseded, DeadlineStarted]
    assert hubs.of("resolution").due == at("2026-05-11 18:00")
    assert not hubs.of("resolution").agreed


def test_after_a_breach_an_agreed_date_starts_a_new_deadline_and_the_breach_stands(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").until("2026-03-10 19:00")
    hubs.then("2026-03-10 19:30", agreed(hubs.time("2026-03-12 12:00")))
    assert hubs.types("resolution") == [DeadlineStarted]
    assert hubs.of("resolution").generation == 2
    assert hubs.then("2026-03-11 10:00", SOLVED).types("resolution") == [DeadlineMet]


def test_timecare_keeps_an_agreed_date_whatever_the_priority(timecare: Story, at: At) -> None:
    timecare.opened("2026-05-11 10:00", None)
    timecare.then("2026-05-11 12:00", agreed(timecare.time("2026-05-31 12:00")))
    assert timecare.then("2026-05-11 12:30", priority("P1")).types("resolution") == []
    assert timecare.status("resolution") == "running"
    assert timecare.then("2026-05-30 12:00", SOLVED).status("resolution") == "met"


def test_a_date_that_does_not_lie_after_the_agreement_is_none(hubs: Story) -> None:
    hubs.opened("2026-05-11 10:00", "P2")
    assert hubs.then("2026-05-11 12:00", agreed(hubs.time("2026-05-11 12:00"))).told == []


@pytest.mark.parametrize("ended", [SOLVED, CLOSED])
def test_reopening_starts_resolution_and_updates_in_full(hubs: Story, at: At, ended: Happening) -> None:
    hubs.opened("2026-05-11 10:00", "P2").then("2026-05-11 11:00", ended)
    hubs.then("2026-05-13 18:00", REOPENED)
    assert [(type(told), told.kind) for told in hubs.told] == [
        (DeadlineStarted, "resolution"),
        (DeadlineStarted, "customer_update"),
    ]
    # Registered on Wednesday evening, received on Friday: Thursday is a red day.
    assert hubs.of("resolution").start == at("2026-05-15 08:00")
    assert hubs.of("resolution").soft == at("2026-05-15 17:00")
    assert hubs.of("resolution").due == at("2026-05-18 17:00")
    assert hubs.of("customer_update").due == at("2026-05-18 17:00")


def test_work_done_before_a_reopening_does_not_keep_a_promise_made_after_it(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P3").then("2026-03-10 11:00", WORK).then("2026-03-10 12:00", SOLVED)
    hubs.then("2026-05-11 09:00", REOPENED).then("2026-05-11 09:10", priority("P1"))
    assert hubs.status("work_started") == "running"


def test_what_support_splits_off_has_not_been_answered_by_that(hubs: Story) -> None:
    assert (
        hubs.opened("2026-03-10 10:00", "P3", by=AGENT, split_from="another").status("response") == "running"
    )
    assert hubs.opened("2026-03-10 10:00", "P3", by=AGENT).status("response") == "met"


def test_a_limit_that_runs_on_after_its_move_was_taken_back_follows_the_priority(hubs: Story, at: At) -> None:
    hubs.opened("2026-05-11 08:00", "P2")
    limit = hubs.of("line_limit")
    hubs.then("2026-05-11 12:00:01", word())
    moved = TicketEscalated(from_line=1, to_line=2, team="t", cause="line_limit_breached", cause_id=limit.id)
    hubs.then("2026-05-11 12:00:00", moved).then("2026-05-11 11:00", ASKED).then("2026-05-11 13:00", ANSWERED)
    assert hubs.status("line_limit") == "running"
    hubs.then("2026-05-11 13:30", priority("P3"))
    assert hubs.of("line_limit").due > at("2026-05-12 17:00")


def test_a_reopened_ticket_runs_on_and_is_met_again(hubs: Story) -> None:
    hubs.opened("2026-05-11 10:00", "P2").then("2026-05-11 11:00", SOLVED)
    hubs.then("2026-05-11 12:00", REOPENED)
    hubs.then("2026-05-11 12:30", ASKED)
    assert hubs.status("resolution") == "paused"
    hubs.then("2026-05-11 13:00", ANSWERED).then("2026-05-11 14:00", SOLVED)
    assert (hubs.status("resolution"), hubs.of("resolution").generation) == ("met", 2)


def test_waits_before_the_reopening_move_nothing_after_it(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 11:00", ASKED).then("2026-03-10 13:00", SOLVED)
    hubs.then("2026-03-10 14:00", REOPENED)
    assert hubs.of("resolution").due == at("2026-03-10 22:00")


def test_a_reopened_timecare_ticket_has_agreed_dates_only(timecare: Story) -> None:
    timecare.opened("2026-05-11 10:00", None).then("2026-05-11 11:00", SOLVED)
    assert timecare.then("2026-05-12 10:00", REOPENED).told == []
    timecare.then("2026-05-12 10:30", agreed(timecare.time("2026-05-20 12:00")))
    assert timecare.status("resolution") == "running"


def test_another_contract_reckons_received_anew_from_registration(
    hubs: Story, terms: dict[str, Pair], at: At
) -> None:
    hubs.opened("2026-03-10 16:30", "P2")
    _move(hubs, terms, "2026-03-10 16:45", "timecare")
    assert hubs.state.base.received == at("2026-03-11 09:00")
    assert {kind: hubs.status(kind) for kind in hubs.state.deadlines} == {
        "response": "cancelled",
        "work_started": "cancelled",
        "resolution": "cancelled",
        "customer_update": "cancelled",
        "line_limit": "cancelled",
        "triage": "running",
    }
    assert hubs.of("triage").due == at("2026-03-11 11:00")


def test_what_was_done_under_the_old_contract_counts_under_the_new_one(
    timecare: Story, terms: dict[str, Pair], at: At
) -> None:
    timecare.opened("2026-03-10 10:00", None).then("2026-03-10 10:15", priority("P1"))
    timecare.then("2026-03-10 10:30", word()).then("2026-03-10 10:45", WORK)
    _move(timecare, terms, "2026-03-10 14:00", "hubs")
    assert timecare.status("triage") == "met"
    assert (timecare.status("response"), timecare.status("work_started")) == ("met", "met")
    assert timecare.of("resolution").due == at("2026-03-10 18:00")


def test_ended_kinds_do_not_restart_under_another_contract(hubs: Story, terms: dict[str, Pair]) -> None:
    hubs.opened("2026-03-10 10:00", "P2").then("2026-03-10 10:30", word())
    _move(hubs, terms, "2026-03-10 11:00", "demo")
    assert hubs.types("response") == []
    assert hubs.types("resolution")[:2] == [DeadlineSuperseded, DeadlineStarted]


def test_another_contract_keeps_the_wait(hubs: Story, terms: dict[str, Pair]) -> None:
    hubs.opened("2026-03-10 10:00", "P2").then("2026-03-10 10:00:01", ASKED)
    _move(hubs, terms, "2026-03-10 11:00", "demo")
    assert hubs.status("resolution") == "paused"
    hubs.then("2026-03-11 10:00", ANSWERED)
    assert hubs.of("resolution").due - hubs._at("2026-03-11 10:00") == 39_000_000


def test_triage_that_support_still_owes_goes_on_under_another_contract(
    hubs: Story, terms: dict[str, Pair]
) -> None:
    hubs.opened("2026-03-10 10:00", None).then("2026-03-10 10:10", priority("P2", by=CUSTOMER))
    _move(hubs, terms, "2026-03-10 10:10:01", "demo")
    assert hubs.types("triage")[:2] == [DeadlineSuperseded, DeadlineStarted]


def test_an_agreed_date_outlives_the_contract(hubs: Story, terms: dict[str, Pair]) -> None:
    hubs.opened("2026-03-10 10:00", "P2").then("2026-03-10 10:30", agreed(hubs.time("2026-03-20 12:00")))
    _move(hubs, terms, "2026-03-10 11:00", "timecare")
    assert hubs.status("resolution") == "running"


UP_BY_HAND = TicketEscalated(from_line=1, to_line=2, team="two", cause="manual", cause_id="c", by=AGENT)


@pytest.mark.parametrize(
    "move",
    [TicketAssigned(line=2, team="two", by=AGENT), TicketRouted(line=2, team="two"), UP_BY_HAND],
)
def test_leaving_line_1_by_hand_meets_the_line_limit(hubs: Story, move: Happening) -> None:
    assert hubs.opened("2026-03-10 10:00", "P2").then("2026-03-10 11:00", move).status("line_limit") == "met"


def test_being_assigned_on_line_1_leaves_the_line_limit(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P2")
    hubs.then("2026-03-10 11:00", TicketAssigned(line=1, team="one", by=AGENT))
    assert hubs.status("line_limit") == "running"


def test_no_line_limit_runs_on_a_ticket_that_was_returned(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 10:00", TicketRouted(line=2, team="two"))
    hubs.then("2026-03-10 11:00", TicketReturned(from_line=2, to_line=1, team="one", by=AGENT))
    hubs.then("2026-03-10 11:30", priority("P3", "P1"))
    assert hubs.status("line_limit") is None


def test_a_limit_that_had_passed_when_its_ticket_was_returned_is_breached_though_no_timer_ran(
    hubs: Story, at: At
) -> None:
    limit = hubs.opened("2026-03-10 10:00", "P2").of("line_limit")
    moved = TicketEscalated(from_line=1, to_line=2, team="t", cause="line_limit_breached", cause_id=limit.id)
    hubs.then("2026-03-10 14:00", moved)
    hubs.then("2026-03-10 15:00", TicketReturned(from_line=2, to_line=1, team="one", by=AGENT))
    assert limit.due < at("2026-03-10 15:00")
    assert hubs.status("line_limit") == "breached"


@pytest.mark.parametrize(
    "information",
    [
        SupplierAwaited(reference="r", by=AGENT),
        ResolutionExpected(expected_at=datetime.fromisoformat("2026-05-20T10:00Z"), previous=None, by=AGENT),
        ClosureRequested(by=CUSTOMER),
        SurveyAnswered(score=5, by=CUSTOMER),
        TicketMerged(source="s", source_number="1", target="t", target_number="2", by=AGENT),
        TicketSplit(into="n", into_number="3", by=AGENT),
        TicketAssigned(line=1, team="one", by=AGENT),
    ],
)
def test_what_only_informs_moves_no_clock(hubs: Story, information: Happening) -> None:
    before = hubs.opened("2026-05-11 10:00", "P2").state
    assert hubs.then("2026-05-11 10:30", information).told == []
    assert hubs.state == before


def test_a_merged_ticket_ends_by_its_closing(hubs: Story) -> None:
    hubs.opened("2026-05-11 10:00", "P2")
    hubs.then(
        "2026-05-11 10:30",
        TicketMerged(source="t", source_number="1", target="u", target_number="2", by=AGENT),
    )
    hubs.then("2026-05-11 10:30", TicketClosed(by=AGENT, resolved=False, merged_into="u"))
    assert {type(told) for told in hubs.told} == {DeadlineCancelled}
    assert not hubs.until("2027-01-01 10:00").said(DeadlineBreached, "response")


def _move(story: Story, terms: dict[str, Pair], when: str, policy: str) -> None:
    contract = ContractTerms(id=policy, policy=policy, timezone="Europe/Stockholm", locale="sv", lines=2)
    story.terms = Terms(*terms[policy], "2026.1")
    story.then(when, ContractChanged(contract=contract, previous="c", by=AGENT))
