"""sla-engine's deadlines come out the same in whatever order the sources are heard, however late."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from shared.events.envelope import Recorded
from sla_engine.domain import deadlines
from sla_engine.domain.state import State
from sla_engine.domain.told import tell_all
from tests.histories.arrivals import interleaved, taken_in
from tests.histories.life import play
from tests.histories.plans import Plan, plan_of, plans
from tests.histories.services import Clocks

pytestmark = pytest.mark.timeout(900)
seeds = st.integers(0, 2**32)


def kept(arrived: Sequence[Recorded], ends: datetime, random: Random) -> dict[str, Any]:
    """How each deadline came out, long after. Timers ran, or did not, before each thing that was heard.

    Not the same, because it says when something was *known*: when a breach was established and taken back,
    which warnings went out before a clock was known to have ended.
    """
    clocks, now = Clocks(arrived[0].subject), arrived[0].recorded_at
    for event in arrived:
        now = max(now, event.recorded_at)
        if random.random() < 0.5:
            clocks.fire(now)
        clocks.hear(event, now)
    clocks.fire(max(now, ends) + timedelta(days=40))
    found = tell_all((event.data, event.time) for event in clocks.said.events)  # type: ignore[misc]
    return {
        f"{each.started.kind} {each.started.generation}": (
            each.state, each.due_at, each.soft_due_at, each.received_at, each.met_at,
            each.started.policy_version, each.started.agreed, each.started.promised,
            each.breached_at if each.state in ("breached", "met_late") else None,
        )
        for each in found
    }  # fmt: skip


def come_out_the_same(plan: Plan, one: int, other: int) -> None:
    history = play(plan)
    found = []
    for seed in (one, other):
        random = Random(seed)
        order = taken_in(interleaved((history.intake, history.escalation), random))
        found.append(kept(order, history.ends, random))
    assert _but_for_line_limits(found[0]) == _but_for_line_limits(found[1])


def _but_for_line_limits(outcome: dict[str, Any]) -> dict[str, Any]:
    """A line limit ends for good by what was heard first of the two that can end it, intake and escalation:
    by the one of them that is behind the other it ends otherwise than in time. That it ends once is all that
    is the same; in the order of events it ends as it should, which the next test holds it to."""
    assert {each[0] for each in outcome.values()}.isdisjoint({"running"})
    return {name: each for name, each in outcome.items() if not name.startswith("line_limit")}


@given(plans(), seeds, seeds)
def test_every_deadline_ends_the_same_whatever_came_first_and_twice(plan: Plan, one: int, other: int) -> None:
    note(repr(plan))
    come_out_the_same(plan, one, other)


@given(plans(), seeds)
def test_line_limits_too_end_the_same_however_late_they_are_heard_in_order(plan: Plan, seed: int) -> None:
    note(repr(plan))
    history = play(plan)
    happened = sorted(
        [*history.intake, *history.escalation], key=lambda event: (event.time, event.source != "/intake")
    )

    assert kept(happened, history.ends, Random(seed)) == kept(happened, history.ends, Random(seed + 1))


def test_a_clock_that_goes_by_what_was_heard_last_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: who is given a ticket that nobody has answered has answered it."""
    react = deadlines.react

    def planted(terms: Any, state: State, event: Any, at: datetime, now: datetime) -> Any:
        found = react(terms, state, event, at, now)
        if type(event).__name__ == "TicketAssigned" and state.spoken is None:
            telling = deadlines.Telling(terms, state, deadlines.to_micros(at), deadlines.to_micros(now))
            telling.meet("response", deadlines.to_micros(at))
            return telling.events
        return found

    monkeypatch.setattr("sla_engine.handlers.react", planted)
    with pytest.raises(AssertionError):
        for number in range(200):
            come_out_the_same(plan_of(Random(number)), number, number + 1)
