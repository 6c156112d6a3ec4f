"""A ticket's deadlines from start to end: given its events, when one more comes, then these follow."""

import pytest
from tests.story import AGENT, CLOSED, CUSTOMER, ROBOT, SOLVED, WORK, At, Story, priority, word

from shared.events.escalation import TicketEscalated, TicketRouted
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)
from shared.events.ticket import CommentAdded
from sla_engine.domain.facts import Happening
from sla_engine.domain.falling_due import due, next_wake
from sla_engine.domain.instants import from_micros


def test_opening_starts_the_targets_of_the_priority(hubs: Story) -> None:
    hubs.opened("2026-03-27 16:30", "P1")
    assert {event.kind for event in hubs.told} == {
        "response",
        "work_started",
        "resolution",
        "customer_update",
    }
    assert all(isinstance(event, DeadlineStarted) and event.in_support_hours for event in hubs.told)


def test_a_deadline_names_the_rules_that_it_was_reckoned_by(hubs: Story) -> None:
    first = hubs.opened("2026-03-27 16:30", "P1").told[0]
    assert isinstance(first, DeadlineStarted)
    versions = (first.policy, first.policy_version, first.calendar_version, first.tzdata_version)
    assert versions == ("hubs", "hubs-1", "hubs-calendar-1", "2026.1")


def test_outside_support_hours_the_start_says_so(hubs: Story) -> None:
    hubs.opened("2026-03-27 17:00", "P1")
    assert not any(isinstance(event, DeadlineStarted) and event.in_support_hours for event in hubs.told)


@pytest.mark.parametrize(
    ("opened", "raised", "inside"),
    [
        ("2026-03-27 16:30", "2026-03-28 23:00", False),
        ("2026-03-28 23:00", "2026-03-30 10:00", True),
    ],
)
def test_what_begins_when_a_priority_is_raised_says_whether_that_was_in_support_hours(
    hubs: Story, opened: str, raised: str, inside: bool
) -> None:
    hubs.opened(opened, "P3").then(raised, priority("P1"))
    begun = [event for event in hubs.told if isinstance(event, DeadlineStarted)]
    assert begun
    assert {event.in_support_hours for event in begun} == {inside}


def test_supports_first_prioritisation_meets_triage_even_when_it_confirms(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", None).then("2026-03-10 10:30", priority("P3"))
    assert hubs.status("triage") == "met"
    assert len(hubs.told) == 1


def test_a_customers_prioritisation_is_no_triage(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", None).then("2026-03-10 10:30", priority("P2", by=CUSTOMER))
    assert hubs.status("triage") == "running"
    assert hubs.status("work_started") == "running"


def test_every_word_of_an_internal_aim_says_that_it_is_internal(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", None)
    told = [*hubs.told, *hubs.then("2026-03-12 10:00", priority("P2")).told]
    told += hubs.then(
        "2026-03-12 11:00",
        TicketEscalated(from_line=1, to_line=2, team="two", cause="priority", cause_id="c"),
    ).told
    told += hubs.then("2026-03-12 12:00", SOLVED).told
    internal = {"triage", "line_limit"}
    assert {type(event) for event in told if event.kind in internal} >= {
        DeadlineStarted, DeadlineWarned, DeadlineBreached, DeadlineSuperseded, DeadlineMet,
    }  # fmt: skip
    assert [event for event in told if event.internal != (event.kind in internal)] == []


def test_the_triage_that_timecare_agrees_with_its_customers_is_not_internal(timecare: Story) -> None:
    assert [event.internal for event in timecare.opened("2026-03-10 10:00", None).told] == [False]


def test_timecare_starts_triage_and_nothing_when_prioritised(timecare: Story) -> None:
    timecare.opened("2026-03-10 10:00", None)
    assert [event.kind for event in timecare.told] == ["triage"]
    timecare.then("2026-03-10 10:30", priority("P1"))
    assert [type(event) for event in timecare.told] == [DeadlineMet]


@pytest.mark.parametrize(
    "not_a_word", [word(CUSTOMER), word(ROBOT), word(automatic=True), word(visibility="internal")]
)
def test_only_a_public_word_from_a_person_in_support_responds(hubs: Story, not_a_word: CommentAdded) -> None:
    hubs.opened("2026-03-10 10:00", "P3").then("2026-03-10 10:05", not_a_word)
    assert hubs.status("response") == "running"
    assert hubs.then("2026-03-10 10:06", word()).status("response") == "met"


def test_beginning_the_work_responds_on_p1_only(hubs: Story) -> None:
    assert hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 10:05", WORK).status("response") == "met"
    assert hubs.status("work_started") == "met"
    assert (
        hubs.opened("2026-03-10 10:00", "P2").then("2026-03-10 10:05", WORK).status("response") == "running"
    )
    assert hubs.status("work_started") == "met"


@pytest.mark.parametrize(
    ("given", "expected"), [("P1", "running"), ("P2", "met"), ("P4", "met"), (None, "met")]
)
def test_who_is_registered_by_support_has_been_answered_save_on_p1(
    hubs: Story, given: str | None, expected: str
) -> None:
    assert hubs.opened("2026-03-10 10:00", given, by=AGENT).status("response") == expected


def test_a_callers_earlier_report_is_what_the_clocks_count_from(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 14:00", "P2", by=AGENT, reported="2026-03-10 09:00")
    assert hubs.state.base.received == at("2026-03-10 09:00")
    assert hubs.status("response") == "met"


def test_an_event_exactly_at_the_due_instant_is_in_time(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").until("2026-03-10 11:00")
    assert hubs.status("response") == "running"
    assert hubs.then("2026-03-10 11:00", WORK).status("response") == "met"


def test_a_breach_is_told_once_the_due_instant_has_passed_and_only_once(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").until("2026-03-10 11:00:00.000001")
    assert [type(e) for e in hubs.told if e.kind == "response"] == [DeadlineWarned, DeadlineBreached]
    assert not hubs.until("2026-03-10 11:30").said(DeadlineBreached, "response")


def test_a_late_event_breaches_first_and_is_then_met_late(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 11:05", WORK, handled="2026-03-10 11:06")
    _, breach, met = (event for event in hubs.told if event.kind == "response")
    assert isinstance(breach, DeadlineBreached)
    assert isinstance(met, DeadlineMet)
    assert (breach.due_at, breach.detected_at) == (
        from_micros(at("2026-03-10 11:00")),
        from_micros(at("2026-03-10 11:06")),
    )
    assert met.late
    assert hubs.status("response") == "met_late"


def test_an_event_in_time_that_arrives_late_is_in_time(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 10:59", WORK, handled="2026-03-10 11:02")
    assert hubs.status("response") == "met"
    assert not hubs.said(DeadlineBreached, "response")


def test_late_evidence_retracts_a_breach(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").until("2026-03-10 11:01").then("2026-03-10 10:59", WORK)
    assert [type(event) for event in hubs.told if event.kind == "response"] == [BreachRetracted, DeadlineMet]
    assert hubs.status("response") == "met"


def test_breaches_are_held_while_evidence_may_be_under_way(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").until("2026-03-10 11:01", hold_breaches=True)
    assert hubs.said(DeadlineWarned, "response")
    assert not hubs.said(DeadlineBreached, "response")
    assert hubs.until("2026-03-10 11:02").said(DeadlineBreached, "response")


def test_a_warning_comes_at_three_quarters_and_once(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1")
    assert not hubs.until("2026-03-10 10:44:59.999999").told
    assert hubs.until("2026-03-10 10:45").said(DeadlineWarned, "response")
    assert not hubs.until("2026-03-10 10:50").told


def test_passing_the_soft_instant_warns_too(hubs: Story) -> None:
    hubs.opened("2026-05-11 10:00", "P2").until("2026-05-12 17:00")
    assert [e.reason for e in hubs.told if isinstance(e, DeadlineWarned) and e.kind == "resolution"] == []
    hubs.until("2026-05-12 17:00:01")
    assert [e.reason for e in hubs.told if isinstance(e, DeadlineWarned)] == ["soft"]


def test_the_engine_is_woken_for_whatever_comes_next(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 10:00", "P1")
    assert next_wake(hubs.state) == at("2026-03-10 10:45")
    hubs.until("2026-03-10 10:45")
    assert next_wake(hubs.state) == at("2026-03-10 11:00") + 1
    assert next_wake(hubs.then("2026-03-10 10:50", CLOSED).state) is None


def test_waking_whenever_asked_tells_every_breach(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P2")
    while (wake := next_wake(hubs.state)) is not None:
        events = due(hubs.state, wake)
        assert events
        hubs.tell(events)
    assert {deadline.status for deadline in hubs.state.deadlines.values()} == {"breached"}


def test_resolving_meets_what_runs_but_cancels_updates_and_line_limit(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P2").then("2026-03-10 10:30", SOLVED)
    ends = {kind: deadline.status for kind, deadline in hubs.state.deadlines.items()}
    assert ends == {
        "response": "met",
        "work_started": "met",
        "resolution": "met",
        "customer_update": "cancelled",
        "line_limit": "cancelled",
    }


def test_closing_unresolved_cancels_all_but_what_had_been_breached(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 11:30", CLOSED)
    assert hubs.status("response") == "breached"
    assert hubs.status("resolution") == "cancelled"
    assert not hubs.state.running


def test_a_corrected_priority_breaches_what_it_finds_past(hubs: Story, at: At) -> None:
    hubs.opened("2026-09-07 08:30", "P3").then("2026-09-07 10:15", priority("P1", "P3"))
    (breach,) = hubs.said(DeadlineBreached, "response")
    assert isinstance(breach, DeadlineBreached)
    assert (breach.due_at, breach.detected_at) == (
        from_micros(at("2026-09-07 09:30")),
        from_micros(at("2026-09-07 10:15")),
    )
    assert hubs.state.deadlines["resolution"].due == at("2026-09-07 16:30")
    assert hubs.status("line_limit") == "cancelled"


def test_a_worsened_priority_counts_from_the_change(hubs: Story, at: At) -> None:
    hubs.opened("2026-09-07 08:30", "P3").then("2026-09-07 10:15", priority("P1", "P3", "worsened"))
    assert hubs.state.deadlines["response"].due == at("2026-09-07 11:15")
    assert hubs.state.deadlines["resolution"].due == at("2026-09-07 18:15")
    assert not [event for event in hubs.told if isinstance(event, DeadlineBreached)]


def test_a_superseded_deadline_names_its_successor(hubs: Story) -> None:
    before = hubs.opened("2026-09-07 08:30", "P3").state.deadlines["response"]
    hubs.then("2026-09-07 08:45", priority("P2", "P3"))
    (ended,) = hubs.said(DeadlineSuperseded, "response")
    after = hubs.state.deadlines["response"]
    assert isinstance(ended, DeadlineSuperseded)
    assert (ended.deadline_id, ended.superseded_by) == (before.id, after.id)
    assert (before.generation, after.generation) == (1, 2)


def test_kinds_that_the_new_priority_lacks_are_cancelled(hubs: Story) -> None:
    hubs.opened("2026-09-07 08:30", "P3").then("2026-09-07 08:45", priority("P4", "P3"))
    assert hubs.said(DeadlineCancelled, "resolution")
    assert hubs.status("response") == "running"


def test_ended_kinds_do_not_restart(hubs: Story) -> None:
    hubs.opened("2026-09-07 08:30", "P3").then("2026-09-07 08:40", word())
    hubs.then("2026-09-07 08:45", priority("P1", "P3"))
    assert hubs.status("response") == "met"


def test_work_begun_before_a_correction_to_p1_answers_its_clocks(hubs: Story) -> None:
    hubs.opened("2026-09-07 08:30", "P3").then("2026-09-07 09:00", WORK)
    hubs.then("2026-09-07 10:15", priority("P1", "P3"))
    assert (hubs.status("response"), hubs.status("work_started")) == ("met", "met")


def test_a_public_word_starts_the_next_customer_update(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 10:40", word())
    assert hubs.said(DeadlineMet, "customer_update")
    assert hubs.state.deadlines["customer_update"].due == at("2026-03-10 11:40")


def test_after_a_missed_update_the_next_starts_with_the_late_one(hubs: Story, at: At) -> None:
    hubs.opened("2026-03-10 10:00", "P1").until("2026-03-10 11:30").then("2026-03-10 12:00", word())
    assert hubs.said(DeadlineMet, "customer_update")
    assert hubs.state.deadlines["customer_update"].due == at("2026-03-10 13:00")


def test_a_promised_update_replaces_the_cadence(hubs: Story, at: At) -> None:
    promised = from_micros(at("2026-03-11 09:00"))
    hubs.opened("2026-03-10 10:00", "P1").then("2026-03-10 10:40", word(next_update_at=promised))
    assert hubs.state.deadlines["customer_update"].due == at("2026-03-11 09:00")


JUST_BEFORE = "2026-03-10 11:59:59"  # a P2 opened at 08:00 is due at noon: response, line limit


@pytest.mark.parametrize(
    ("event", "kind", "end"),
    [
        (SOLVED, "line_limit", DeadlineCancelled),
        (CLOSED, "response", DeadlineCancelled),
        (CLOSED, "line_limit", DeadlineCancelled),
        (priority("P4", "P2"), "line_limit", DeadlineCancelled),
        (priority("P3", "P2"), "response", DeadlineSuperseded),
        (priority("P3", "P2"), "line_limit", DeadlineSuperseded),
    ],
)
def test_what_had_ended_a_clock_in_time_takes_back_the_breach_told_before_it_was_heard(
    hubs: Story, event: Happening, kind: str, end: type[SlaEvent]
) -> None:
    hubs.opened("2026-03-10 08:00", "P2").until("2026-03-10 12:00:01")
    assert hubs.status(kind) == "breached"
    hubs.then(JUST_BEFORE, event, handled="2026-03-10 12:00:02")
    told = [type(each) for each in hubs.told if each.kind == kind]
    assert told[:2] == [BreachRetracted, end]
    (retraction,) = (each for each in hubs.said(BreachRetracted, kind) if isinstance(each, BreachRetracted))
    assert retraction.met_at is None
    assert retraction.retracted_at == hubs.time("2026-03-10 12:00:02")
    assert hubs.status(kind) == ("running" if end is DeadlineSuperseded else "cancelled")


def test_what_came_after_the_due_instant_leaves_the_breach(hubs: Story) -> None:
    hubs.opened("2026-03-10 08:00", "P2").until("2026-03-10 12:00:01")
    hubs.then("2026-03-10 12:00:01", SOLVED)
    assert hubs.status("line_limit") == "breached"


def test_line_1_is_left_once(hubs: Story) -> None:
    hubs.opened("2026-03-10 08:00", "P2").until("2026-03-10 12:00:01")
    (breach,) = hubs.said(DeadlineBreached, "line_limit")
    for from_line, to_line, cause_id in ((1, 2, breach.deadline_id), (2, 3, "resolution")):
        moved = TicketEscalated(
            from_line=from_line,
            to_line=to_line,
            team="t",
            cause="resolution_breached",
            cause_id=cause_id,
        )
        assert hubs.then("2026-03-10 13:00", moved).told == []
    assert hubs.then("2026-03-10 14:00", TicketRouted(line=2, team="t")).told == []
    assert hubs.status("line_limit") == "breached"


def test_a_word_before_a_ticket_is_received_starts_no_update_clock_at_night(hubs: Story) -> None:
    hubs.opened("2026-03-28 10:00", "P1").then("2026-03-28 10:30", word())
    (started,) = hubs.said(DeadlineStarted, "customer_update")
    assert isinstance(started, DeadlineStarted)
    assert started.due_at == hubs.time("2026-03-30 09:00")


def test_a_callers_response_stays_met_when_support_corrects_the_priority_it_gave(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P1", by=AGENT)
    assert hubs.status("response") == "running"
    assert hubs.then("2026-03-10 10:01", priority("P2", "P1")).status("response") == "met"


def test_work_on_a_ticket_that_then_grew_worse_answers_no_one(hubs: Story) -> None:
    hubs.opened("2026-09-07 08:30", "P3").then("2026-09-07 09:00", WORK)
    hubs.then("2026-09-07 10:15", priority("P1", "P3", basis="worsened"))
    assert (hubs.status("response"), hubs.status("work_started")) == ("running", "met")


def test_what_was_due_before_support_wrote_a_call_down_is_breached_as_it_does(hubs: Story) -> None:
    hubs.opened("2026-03-10 12:00", "P1", by=AGENT, reported="2026-03-10 08:00")
    assert hubs.status("work_started") == "breached"
    assert hubs.status("resolution") == "running"


def test_the_move_that_a_breached_line_limit_itself_causes_does_not_undo_it(hubs: Story) -> None:
    hubs.opened("2026-03-10 08:00", "P2").until("2026-03-10 12:00:01")
    (breach,) = hubs.said(DeadlineBreached, "line_limit")
    moved = TicketEscalated(
        from_line=1, to_line=2, team="line-2", cause="line_limit_breached", cause_id=breach.deadline_id
    )
    # It is dated by its cause: at the due instant, where anybody else's move would have been in time.
    assert hubs.then("2026-03-10 12:00", moved, handled="2026-03-10 12:00:01").told == []
    assert hubs.status("line_limit") == "breached"
    assert hubs.state.left_first_line


def test_leaving_line_1_meets_the_line_limit_for_good(hubs: Story) -> None:
    up = TicketEscalated(from_line=1, to_line=2, team="specialists", cause="priority", cause_id="x")
    hubs.opened("2026-03-10 10:00", "P2").then("2026-03-10 10:40", up)
    assert hubs.status("line_limit") == "met"
    assert hubs.then("2026-03-10 11:00", priority("P3", "P2")).status("line_limit") == "met"


def test_nothing_starts_on_a_resolved_ticket(hubs: Story) -> None:
    hubs.opened("2026-03-10 10:00", "P3").then("2026-03-10 10:40", SOLVED)
    assert not hubs.then("2026-03-10 10:50", priority("P1", "P3")).told
    assert not hubs.then("2026-03-10 10:51", word()).told
