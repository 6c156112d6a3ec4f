"""Why a deadline falls due when it does: every interval that counted, or did not, and the reason.

Told from the calendar that the deadline itself names; nothing is reckoned anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.clock import Pause
from sla_engine.domain.days import Day, DayKind
from sla_engine.domain.instants import Micros
from sla_engine.domain.local_time import opening
from sla_engine.domain.red_days import Names

OPEN = "support hours"
CLOSED = "outside support hours"
LUNCH = "closed between opening intervals"
ELAPSED = "every hour counts"
POINT = "a point in time: nothing moves it"
WAITING = "waiting for the customer"


class Stretch(msgspec.Struct, frozen=True):
    """[start, end), whether it counts, and why; `names` of the day that it is told of, if it has any."""

    start: Micros
    end: Micros
    counts: bool
    reason: str
    names: Names | None = None


def reason_of(day: Day) -> str:
    """Why the day's hours are not the ordinary ones; nothing for an ordinary day."""
    match day.kind:
        case DayKind.ORDINARY:
            return ""
        case DayKind.WEEKEND:
            return "weekend"
        case DayKind.RED_DAY | DayKind.EVE:
            return f"{day.kind.replace('_', ' ')}: {day.reason}"
        case DayKind.BRIDGE_DAY:
            return f"bridge day: beside {day.reason}"
        case DayKind.SHORT_DAY:
            return f"short day: before {day.reason}"
        case DayKind.DEVIATION:
            return f"deviation: {day.reason}"


def point_in_time(start: Micros, due: Micros) -> list[Stretch]:
    """A date that was agreed or promised."""
    return [Stretch(start, due, True, POINT)] if start < due else []


def explain(
    calendar: Calendar, start: Micros, due: Micros, *, elapsed: bool, pauses: Sequence[Pause] = ()
) -> list[Stretch]:
    """What counted between `start` and `due`, without gaps; neighbours of one kind are one stretch."""
    told: list[Stretch] = []
    found_all = [Stretch(start, due, True, ELAPSED)] if elapsed else _stretches(calendar, start, due)
    for found in _paused(found_all, pauses):
        cut = msgspec.structs.replace(found, start=max(found.start, start), end=min(found.end, due))
        if cut.start >= cut.end:
            continue
        if told and (told[-1].counts, told[-1].reason) == (cut.counts, cut.reason):
            cut = msgspec.structs.replace(cut, start=told.pop().start)
        told.append(cut)
    return told


def _paused(found: Iterable[Stretch], pauses: Sequence[Pause]) -> Iterator[Stretch]:
    """Whatever the hour: while support waits for the customer, nothing counts (R11)."""
    for stretch in found:
        at = stretch.start
        for pause in pauses:
            start = max(pause.start, at)
            end = stretch.end if pause.end is None else min(pause.end, stretch.end)
            if start < end:
                yield msgspec.structs.replace(stretch, start=at, end=start)
                yield Stretch(start, end, False, WAITING)
                at = end
        yield msgspec.structs.replace(stretch, start=at)


def _stretches(calendar: Calendar, start: Micros, due: Micros) -> Iterator[Stretch]:
    day, last = calendar.local_date(start), calendar.local_date(due)
    while day <= last:
        following = day + timedelta(days=1)
        yield from _of_day(calendar, day, following)
        day = following


def _of_day(calendar: Calendar, day: date, following: date) -> Iterator[Stretch]:
    found = calendar.day(day)
    reason = reason_of(found)
    at, midnight = opening(calendar.zone, day, 0), opening(calendar.zone, following, 0)
    intervals = calendar.intervals(day)
    if not intervals:
        yield Stretch(at, midnight, False, reason or CLOSED, found.names)
        return
    for number, (opens, closes) in enumerate(intervals):
        yield Stretch(at, opens, False, LUNCH if number else CLOSED)
        yield Stretch(opens, closes, True, OPEN)
        at = closes
    yield Stretch(at, midnight, False, reason or CLOSED, found.names)
