"""From a local date and its hours to UTC, daylight saving included (R5)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from sla_engine.domain.days import Day, Hours
from sla_engine.domain.instants import MINUTE, Micros, to_micros

Interval = tuple[Micros, Micros]


def opening(zone: tzinfo, day: date, minutes: int) -> Micros:
    """When the clock first shows `minutes` after local midnight; the gap's end if it never does."""
    return _bound(zone, day, minutes, fold=0)


def closing(zone: tzinfo, day: date, minutes: int) -> Micros:
    """When the clock last shows `minutes` after local midnight; the gap's end if it never does."""
    return _bound(zone, day, minutes, fold=1)


def opening_intervals(zone: tzinfo, days: list[Day]) -> Iterator[list[Interval]]:
    """The UTC intervals of each of the consecutive `days`; empty ones and overlaps are taken away.

    A day on which the clock is not changed needs one conversion only: a calendar of thirty years is built in
    some tens of milliseconds.
    """
    midnights = [datetime.combine(day.date, time(), zone) for day in days]
    midnights.append(midnights[-1] + timedelta(days=1))
    last = -1 << 62
    for day, (midnight, next_midnight) in zip(days, pairwise(midnights), strict=True):
        intervals = []
        steady = (
            midnight.utcoffset() == next_midnight.utcoffset() == next_midnight.replace(fold=1).utcoffset()
        )
        start_of_day = to_micros(midnight) if steady else 0
        for hours in day.hours:
            opens, closes = (
                (start_of_day + hours.opens * MINUTE, start_of_day + hours.closes * MINUTE)
                if steady
                else _changing(zone, day.date, hours)
            )
            opens = max(opens, last)
            if opens < closes:
                intervals.append((opens, closes))
                last = closes
        yield intervals


def _changing(zone: tzinfo, day: date, hours: Hours) -> Interval:
    return opening(zone, day, hours.opens), closing(zone, day, hours.closes)


def _bound(zone: tzinfo, day: date, minutes: int, *, fold: int) -> Micros:
    local = datetime.combine(day, time()) + timedelta(minutes=minutes)
    earlier, later = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    if _offset(earlier) < _offset(later):
        return _end_of_gap(zone, to_micros(later), to_micros(earlier))
    return to_micros(later if fold else earlier)


def _end_of_gap(zone: tzinfo, before: Micros, after: Micros) -> Micros:
    """The instant between the two, to the microsecond, at which the zone's offset changes."""
    new = _offset_at(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_at(zone, middle) == new:
            after = middle
        else:
            before = middle
    return after


def _offset_at(zone: tzinfo, instant: Micros) -> timedelta:
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    return _offset(utc.astimezone(zone))


def _offset(local: datetime) -> timedelta:
    offset = local.utcoffset()
    if offset is None:
        raise ValueError(f"no offset from UTC is known for {local}")
    return offset
