"""The read models' folds come out the same in whatever order the sources are heard, and however often."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import orjson
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from msgspec.structs import asdict

from projections.domain import fold as folding
from projections.domain.changes import Touch
from projections.domain.fold import fold
from projections.domain.record import record
from projections.domain.standing import standing
from projections.domain.timeline import in_order
from projections.reading import Row, entry
from shared.events.envelope import Recorded
from shared.events.visibility import visibility
from tests.histories.arrivals import interleaved, taken_in
from tests.histories.life import History, play
from tests.histories.plans import Plan, plan_of, plans

pytestmark = pytest.mark.timeout(900)
seeds = st.integers(0, 2**32)


def shown(history: History, arrived: Sequence[Recorded]) -> dict[str, Any]:
    """All that the read models make of what `arrived`, to support and to the customer, now and in between."""
    found: dict[str, Any] = {}
    changes = fold(arrived)
    rows = [_row(each) for each in changes.timeline]
    found["changes"] = {
        name: sorted(map(str, getattr(changes, name).values()))
        for name in ("tickets", "routing", "touched", "deadlines")
    }
    for support in (True, False):
        seen = [row for row in rows if support or row.visibility == "public"]
        timeline = [entry(row, support) for row in in_order(seen)]
        stands = standing(history.ticket, _by_source(arrived), support)
        assert stands is not None
        whole = {**stands, "timeline": timeline, "versions": _versions(arrived)}
        found[f"ticket {support}"] = whole
        found[f"record {support}"] = record(whole)
        middle = history.intake[0].time + timedelta(hours=2)
        past = [event for event in arrived if event.time <= middle]
        found[f"as of {support}"] = standing(history.ticket, _by_source(past), support)
        known = [event for event in arrived if event.recorded_at <= middle]
        found[f"known at {support}"] = standing(history.ticket, _by_source(known), support)
    return _plain(found)


def _row(each: Any) -> Row:
    fields = asdict(each)
    return Row(**{name: fields[name] for name in Row._fields})


def _by_source(events: Sequence[Recorded]) -> list[Recorded]:
    """As `past.read_past` hands the timeline on; within a source, in the order of arrival."""
    return sorted(events, key=lambda event: event.source)


def _versions(events: Sequence[Recorded]) -> dict[str, int]:
    return {event.source: event.version for event in events}


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, default=str))


def comes_out_the_same(plan: Plan, one: int, other: int) -> None:
    history = play(plan)
    orders = [taken_in(interleaved(history.sources, Random(seed))) for seed in (one, other)]
    told = [event for source in history.sources for event in source]
    in_time = sorted(told, key=lambda event: (event.recorded_at, event.source, event.version))
    expected = shown(history, in_time)
    for order in orders:
        assert shown(history, order) == expected


@given(plans(), seeds, seeds)
def test_every_view_of_a_ticket_is_the_same_whatever_came_first_and_twice(
    plan: Plan, one: int, other: int
) -> None:
    note(repr(plan))
    comes_out_the_same(plan, one, other)


def test_a_fold_that_goes_by_what_came_last_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_came(_: Touch | None, event: Recorded) -> Touch:
        shown = event.time if visibility(event.data) == "public" else None
        return Touch(id=event.subject, tenant=event.tenant, updated_at=event.time, public_updated_at=shown)

    monkeypatch.setattr(folding, "_touch", as_it_came)

    with pytest.raises(AssertionError):
        for number in range(50):
            comes_out_the_same(plan_of(Random(number)), number, number + 1)
