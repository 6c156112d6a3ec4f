"""Waiting for the customer (R11), and being heard late of it (R14)."""

from datetime import timedelta

import pytest
from tests.story import (
    AGENT,
    ANSWERED,
    ASKED,
    CLOSED,
    CUSTOMER,
    SOLVED,
    WORK,
    At,
    Story,
    priority,
    word,
)

from shared.events.escalation import TicketRouted
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
)
from shared.events.ticket import ResolutionDateAgreed, SupplierAwaited
from sla_engine.domain.facts import Happening
from sla_engine.domain.falling_due import next_wake

BEYOND = TicketRouted(line=2, team="two")


def test_waiting_for_the_customer_pauses_resolution_and_line_limit_only(hubs: Story) -> None:
    hubs.opened("2026-05-11 10:00", "P2").then("2026-05-11 10:30", ASKED)
    states = {kind: hubs.status(kind) for kind in hubs.state.deadlines}
    assert states == {
        "response": "met",
        "work_started": "running",
        "resolution": "paused",
        "customer_update": "met",
        "line_limit": "paused",
    }


def test_waiting_never_pauses_triage(timecare: Story) -> None:
    timecare.opened("2026-05-11 10:00", None).then("2026-05-11 10:30", ASKED)
    assert timecare.status("triage") == "running"
    assert timecare.told == []


def test_nothing_falls_due_on_a_clock_that_stands_still(hubs: Story, at: At) -> None:
    hubs.opened("2026-05-11 10:00", "P1").then("2026-05-11 10:30", WORK)
    hubs.then("2026-05-11 10:31", ASKED)
    assert next_wake(hubs.state) is None
    assert hubs.until("2026-06-11 10:00").told == []


def test_a_pause_says_since_when_and_where_the_clock_stood(hubs: Story) -> None:
    hubs.opened("2026-03-27 16:30", "P1").then("2026-03-27 18:30", ASKED)
    (paused,) = hubs.said(DeadlinePaused, "resolution")
    assert isinstance(paused, DeadlinePaused)
    assert (paused.paused_at, paused.due_at) == (hubs.time("2026-03-27 18:30"), hubs.time("2026-03-28 00:30"))


@pytest.mark.parametrize("ends", [ANSWERED, WORK])
def test_what_was_left_is_added_when_the_wait_ends(hubs: Story, at: At, ends: Happening) -> None:
    hubs.opened("2026-03-27 16:30", "P1").then("2026-03-27 18:30", ASKED).then("2026-03-28 23:00", ends)
    (resumed,) = hubs.said(DeadlineResumed, "resolution")
    assert isinstance(resumed, DeadlineResumed)
    assert resumed.due_at == hubs.time("2026-03-29 06:00")
    assert (hubs.status("resolution"), hubs.of("resolution").due) == ("running", at("2026-03-29 06:00"))


@pytest.mark.parametrize(
    "not_an_end",
    [word(), word(CUSTOMER, automatic=True), SupplierAwaited(reference="r", by=AGENT), priority("P2", "P2")],
)
def test_nothing_else_ends_the_wait(hubs: Story, not_an_end: Happening) -> None:
    hubs.opened("2026-05-11 10:00", "P2").then("2026-05-11 10:30", ASKED)
    hubs.then("2026-05-11 11:00", not_an_end)
    assert hubs.status("resolution") == "paused"
    assert hubs.state.waiting


def test_asking_again_changes_nothing_about_the_wait(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-27 16:30", "P1").then("2026-03-27 18:30", ASKED)
    assert hubs.then("2026-03-28 12:00", ASKED).told == []
    assert hubs.then("2026-03-28 23:00", ANSWERED).of("resolution").due == at("2026-03-29 06:00")


def test_a_pause_before_received_counts_from_received(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-27 18:00", "P1").then("2026-03-28 10:00", ASKED)
    hubs.then("2026-03-30 10:00", ANSWERED)
    assert hubs.of("resolution").due == at("2026-03-30 18:00")


def test_what_fell_due_before_the_pause_breaches_even_if_heard_late(hubs: Story) -> None:
    hubs.opened("2026-03-27 16:30", "P1").then("2026-03-28 01:00", ASKED, handled="2026-03-28 02:00")
    assert hubs.status("resolution") == "breached"
    assert not hubs.said(DeadlinePaused, "resolution")


def test_a_question_heard_late_takes_the_breach_back_and_the_clock_stands_still(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-27 16:30", "P1").until("2026-03-28 00:31")
    assert hubs.status("resolution") == "breached"
    hubs.then("2026-03-27 18:30", ASKED, handled="2026-03-28 00:32")
    assert hubs.types("resolution") == [BreachRetracted, DeadlinePaused]
    hubs.then("2026-03-28 23:00", ANSWERED)
    assert hubs.of("resolution").due == at("2026-03-29 06:00")
    assert hubs.until("2026-03-29 06:01").types("resolution") == [DeadlineBreached]


def test_a_resumed_clock_does_not_warn_afresh(hubs: Story) -> None:
    hubs.opened("2026-03-27 16:30", "P1").until("2026-03-27 22:30")
    assert hubs.said(DeadlineWarned, "resolution")
    hubs.then("2026-03-27 22:31", ASKED).then("2026-03-28 23:00", ANSWERED)
    assert hubs.until("2026-03-29 01:00").types("resolution") == [DeadlineBreached]


def test_a_clock_that_stands_still_is_met_in_time_however_late_it_is(hubs: Story) -> None:
    hubs.opened("2026-03-27 16:30", "P1").then("2026-03-27 18:30", ASKED).then("2026-04-02 12:00", SOLVED)
    (met,) = hubs.said(DeadlineMet, "resolution")
    assert isinstance(met, DeadlineMet)
    assert not met.late


def test_closing_cancels_what_stands_still(hubs: Story) -> None:
    hubs.opened("2026-03-27 16:30", "P1").then("2026-03-27 18:30", ASKED).then("2026-04-02 12:00", CLOSED)
    assert hubs.said(DeadlineCancelled, "resolution")


def test_leaving_line_1_while_waiting_meets_the_line_limit(hubs: Story) -> None:
    hubs.opened("2026-05-11 10:00", "P2").then("2026-05-11 10:30", ASKED).then("2026-05-20 10:30", BEYOND)
    assert hubs.status("line_limit") == "met"


def test_an_agreed_date_is_left_by_the_wait(hubs: Story, at: At) -> None:
    date = ResolutionDateAgreed(due_at=hubs.time("2026-05-20 12:00"), by=AGENT)
    hubs.opened("2026-05-11 10:00", "P2").then("2026-05-11 10:10", date).then("2026-05-11 10:30", ASKED)
    assert hubs.status("resolution") == "running"
    hubs.then("2026-05-19 10:30", ANSWERED)
    assert hubs.of("resolution").due == at("2026-05-20 12:00")


def test_updates_are_dropped_while_waiting_and_begin_anew_on_resuming(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 10:30", ASKED)
    assert hubs.status("customer_update") == "met"
    assert hubs.then("2026-03-10 10:40", word()).told == []
    hubs.then("2026-03-10 15:00", word(CUSTOMER)).then("2026-03-10 15:00", ANSWERED)
    assert hubs.status("customer_update") == "running"
    assert hubs.of("customer_update").due == at("2026-03-10 16:00")


def test_while_paused_a_new_priority_keeps_what_its_target_had_left_at_the_pause(hubs: Story, at: At) -> None:
    hubs.opened("2026-05-11 10:00", "P3").then("2026-05-11 12:00", ASKED)
    hubs.then("2026-05-11 19:00", priority("P1", "P3"))
    assert hubs.types("resolution") == [DeadlineSuperseded, DeadlineStarted, DeadlinePaused]
    assert hubs.of("resolution").due == at("2026-05-11 18:00")
    assert hubs.status("customer_update") is None
    hubs.then("2026-05-12 08:00", ANSWERED)
    assert hubs.of("resolution").due == at("2026-05-12 14:00")
    assert hubs.of("customer_update").due == at("2026-05-12 09:00")


def test_a_new_priority_whose_target_was_past_at_the_pause_breaches_now(hubs: Story) -> None:
    hubs.opened("2026-05-11 08:00", "P3").then("2026-05-11 16:30", ASKED)
    hubs.then("2026-05-11 16:40", priority("P1", "P3"))
    assert hubs.types("resolution") == [
        DeadlineSuperseded, DeadlineStarted, DeadlineWarned, DeadlineBreached,
    ]  # fmt: skip


def test_a_ticket_that_grew_worse_while_waiting_has_its_whole_target_left(hubs: Story, at: At) -> None:
    hubs.opened("2026-05-11 10:00", "P3").then("2026-05-11 12:00", ASKED)
    hubs.then("2026-05-11 14:00", priority("P1", "P3", "worsened")).then("2026-05-11 15:00", ANSWERED)
    assert hubs.of("resolution").due == at("2026-05-11 23:00")


def test_waits_are_replayed_under_a_new_priority(hubs: Story, at: At) -> None:
    hubs.opened("2026-05-11 08:00", "P3").then("2026-05-11 09:00", ASKED).then("2026-05-11 11:00", ANSWERED)
    hubs.then("2026-05-11 12:00", priority("P1", "P3"))
    assert hubs.of("resolution").due == at("2026-05-11 18:00")


def test_two_waits_move_a_clock_twice(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 11:00", ASKED).then("2026-03-10 12:00", ANSWERED)
    hubs.then("2026-03-10 13:00", ASKED).then("2026-03-10 15:00", ANSWERED)
    assert hubs.of("resolution").due == at("2026-03-10 21:00")
    assert hubs.of("resolution").turn == 4


def test_the_state_says_how_long_it_waited(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 11:00", ASKED).then("2026-03-10 12:00", SOLVED)
    (pause,) = hubs.state.pauses
    assert pause.end is not None
    assert pause.end - pause.start == timedelta(hours=1) // timedelta(microseconds=1)
