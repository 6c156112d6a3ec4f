"""Who is on call at an instant: weekly shifts in local time, and overrides by date.

A shift whose `until` is not later than its `start` runs past midnight; it belongs to the day that it begins
on. Bounds are half-open wall-clock times, so a night on which the clocks change has no gap and no overlap: a
bound that is skipped comes at the gap's end, one that occurs twice counts the first time only.
"""

from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = timedelta(days=1)


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """On these weekdays `person` (a member's id) is on call; `start` and `until` as minutes of the day."""

    days: frozenset[Weekday]
    person: str
    start: int = 0
    until: int = 24 * 60


class Override(msgspec.Struct, frozen=True, kw_only=True):
    """On this one date somebody else is; it goes before every weekly shift."""

    date: date
    person: str
    start: int = 0
    until: int = 24 * 60


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """Those who are alerted at one level; the first shift that covers the instant counts."""

    shifts: tuple[Shift, ...] = ()
    overrides: tuple[Override, ...] = ()


class Rota(msgspec.Struct, frozen=True, kw_only=True):
    """A team's levels, the first first, in the zone that their times are written in."""

    zone: str
    levels: tuple[Level, ...]

    def person_at(self, level: int, instant: datetime) -> str | None:
        """Who is on call at `level` (from 1) at `instant`; None where the rota names nobody."""
        if not 1 <= level <= len(self.levels):
            return None
        wall = instant.astimezone(ZoneInfo(self.zone))
        for begins in (wall.date(), wall.date() - DAY):
            for override in self.levels[level - 1].overrides:
                if override.date == begins and _covers(begins, override.start, override.until, wall):
                    return override.person
        for begins in (wall.date(), wall.date() - DAY):
            for shift in self.levels[level - 1].shifts:
                today = WEEKDAYS[begins.weekday()] in shift.days
                if today and _covers(begins, shift.start, shift.until, wall):
                    return shift.person
        return None


def _covers(begins: date, start: int, until: int, wall: datetime) -> bool:
    ends = until if until > start else until + 24 * 60
    return _passed(begins, start, wall) and not _passed(begins, ends, wall)


def _passed(day: date, minutes: int, wall: datetime) -> bool:
    """Whether the clock on the wall has shown that time by now; in an hour that it shows a second time, it
    has shown all of it before."""
    bound = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minutes)
    first, second = (bound.replace(tzinfo=wall.tzinfo, fold=fold).utcoffset() for fold in (0, 1))
    twice = first is not None and second is not None and first > second
    return bound <= wall.replace(tzinfo=None) or bool(wall.fold and twice)
