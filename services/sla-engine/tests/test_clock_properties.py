"""Laws of the clock that hold for every instant, on every contract."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.clock import Agreed, Pause, agreed_date, deadlines, received
from sla_engine.domain.instants import DAY, HOUR, SECOND, Micros, from_micros, to_micros
from sla_engine.domain.policy import Policy

Terms = dict[str, tuple[Policy, Calendar]]

FIRST, LAST = to_micros(datetime(2019, 1, 1, tzinfo=UTC)), to_micros(datetime(2041, 1, 1, tzinfo=UTC))
instants = st.integers(FIRST, LAST)
contracts = st.sampled_from(["hubs", "timecare", "demo", "helsinki"])
priorities = st.sampled_from([None, "P1", "P2", "P3", "P4"])
lengths = st.integers(1, 100 * HOUR)


@given(instants)
def test_an_instant_survives_the_way_to_datetime_and_back(instant: Micros) -> None:
    assert to_micros(from_micros(instant)) == instant


@given(contracts, instants, lengths, lengths)
def test_open_time_adds_up(terms: Terms, contract: str, start: Micros, one: Micros, other: Micros) -> None:
    calendar = terms[contract][1]
    due = calendar.add_open_time(start, one)
    assert calendar.open_time_between(start, due) == one
    assert calendar.add_open_time(due, other) == calendar.add_open_time(start, one + other)


@given(contracts, instants)
def test_received_is_open_and_the_first_such_instant(terms: Terms, contract: str, instant: Micros) -> None:
    calendar = terms[contract][1]
    base = received(calendar, instant)
    assert calendar.open_at(base.received)
    assert calendar.open_time_between(instant, base.received) == 0
    assert (base.received == instant) == calendar.open_at(instant)


@given(contracts, instants, priorities)
def test_warnings_lie_between_received_and_due(
    terms: Terms, contract: str, instant: Micros, priority: None
) -> None:
    policy, calendar = terms[contract]
    for deadline in deadlines(policy, calendar, received(calendar, instant), priority):
        assert deadline.start < deadline.warn <= deadline.due
        assert deadline.warn % SECOND == 0 or deadline.warn == deadline.due
        assert deadline.soft is None or deadline.soft <= deadline.due


@given(instants, instants, priorities)
def test_who_comes_later_is_due_no_earlier(terms: Terms, one: Micros, other: Micros, priority: None) -> None:
    policy, calendar = terms["hubs"]
    earlier, later = (
        deadlines(policy, calendar, received(calendar, instant), priority) for instant in sorted((one, other))
    )
    assert all(first.due <= second.due for first, second in zip(earlier, later, strict=True))


@given(contracts, instants, priorities, st.lists(st.integers(0, 5 * DAY), min_size=2, max_size=8))
def test_a_pause_delays_paused_kinds_and_no_others(
    terms: Terms, contract: str, instant: Micros, priority: None, steps: list[Micros]
) -> None:
    policy, calendar = terms[contract]
    base, pauses, now = received(calendar, instant), [], instant
    for wait, length in zip(steps[::2], steps[1::2], strict=False):
        pauses.append(Pause(now + wait, now + wait + length))
        now += wait + length
    plain = deadlines(policy, calendar, base, priority)
    paused = deadlines(policy, calendar, base, priority, pauses=pauses)
    for before, then in zip(plain, paused, strict=True):
        if before.kind in policy.pauses:
            assert then.due >= before.due
            assert then.warn <= then.due
        else:
            assert then == before


@given(instants, st.integers(1, 8 * HOUR - 1), st.integers(0, 30 * DAY))
def test_an_elapsed_target_is_delayed_by_exactly_the_pause(
    terms: Terms, instant: Micros, into: Micros, length: Micros
) -> None:
    policy, calendar = terms["hubs"]
    base = received(calendar, instant)
    pauses = [Pause(base.received + into, base.received + into + length)]
    plain, paused = (
        next(d for d in deadlines(policy, calendar, base, "P1", pauses=p) if d.kind == "resolution")
        for p in ([], pauses)
    )
    assert paused.due == plain.due + length


@given(instants, st.integers(1, 60 * DAY), st.integers(1, DAY))
def test_an_agreed_date_is_a_point_in_time(terms: Terms, at: Micros, ahead: Micros, wait: Micros) -> None:
    policy, calendar = terms["timecare"]
    agreed = Agreed(at + ahead, at)
    pauses = [Pause(at, at + wait)]
    found = deadlines(policy, calendar, received(calendar, at), None, pauses=pauses, agreed=agreed)
    assert [d.due for d in found if d.kind == "resolution"] == [at + ahead]


def test_an_agreed_date_that_is_not_ahead_is_refused(terms: Terms) -> None:
    with pytest.raises(ValueError, match="after the agreement"):
        agreed_date(terms["hubs"][0], Agreed(FIRST, FIRST))


@given(st.integers(0, 10 * DAY), st.integers(0, 10 * DAY))
def test_a_pause_that_ends_before_received_moves_nothing(
    terms: Terms, before: Micros, length: Micros
) -> None:
    policy, calendar = terms["hubs"]
    base = received(calendar, to_micros(datetime(2026, 5, 18, 6, tzinfo=UTC)))
    pauses = [Pause(base.received - before - length, base.received - before)]
    assert deadlines(policy, calendar, base, "P2", pauses=pauses) == deadlines(policy, calendar, base, "P2")
