"""Open time by the minute: each minute of each day is open or closed by what a clock on the wall shows."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from clocks.terms import CONTRACTS, MINUTE, ONE_DAY, Hours, hours_of

Instant = int
"""Microseconds since 1970, UTC."""

DAY = 24 * 60 * MINUTE
NEVER = 1 << 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Walker:
    """One contract's minutes. `announced`: dates with the hours that were announced for them (R4)."""

    def __init__(self, contract: str, announced: Mapping[date, Hours] | None = None) -> None:
        self.contract, self._zone = contract, CONTRACTS[contract].zone
        self._announced = dict(announced or {})
        self._days: dict[int, bytes] = {}

    def hours(self, day: date) -> Hours:
        """The hours of a local day."""
        announced = self._announced.get(day)
        return hours_of(self.contract, day) if announced is None else announced

    def local_date(self, now: Instant) -> date:
        """The date on the wall."""
        return (_EPOCH + timedelta(microseconds=now)).astimezone(self._zone).date()

    def is_open(self, now: Instant) -> bool:
        """Whether the minute is open."""
        day, within = divmod(now, DAY)
        return bool(self._minutes(day)[within // MINUTE])

    def spend(self, now: Instant, amount: int, stop: Instant = NEVER) -> tuple[Instant | None, int]:
        """Spend `amount` of open time from `now`: when it was spent, or what was left of it at `stop`."""
        if amount == 0:
            return now, 0
        while now < stop:
            day, within = divmod(now, DAY)
            minutes, minute = self._minutes(day), within // MINUTE
            # As far as the minutes stay open, or closed; to midnight at most.
            is_open = minutes[minute]
            turns = minutes.find(1 - is_open, minute)
            until = min(day * DAY + (turns if turns >= 0 else 1440) * MINUTE, stop)
            if is_open:
                if amount <= until - now:
                    return now + amount, 0
                amount -= until - now
            now = until
        return None, amount

    def open_between(self, start: Instant, end: Instant) -> int:
        """The open time from `start` until `end`."""
        return NEVER - self.spend(start, NEVER, end)[1] if start < end else 0

    def first_open(self, now: Instant) -> Instant:
        """The first open instant from `now` on (R5)."""
        while not self.is_open(now):
            day, within = divmod(now, DAY)
            opens = self._minutes(day).find(1, within // MINUTE)
            now = day * DAY + (opens if opens >= 0 else 1440) * MINUTE
        return now

    def nth_closing(self, day: date, n: int) -> Instant:
        """The last closing of the n-th open day after `day` (R7)."""
        while n:
            day += ONE_DAY
            n -= bool(self.hours(day))
        closes = datetime(day.year, day.month, day.day) + timedelta(minutes=self.hours(day)[-1][1])  # noqa: DTZ001
        return int((closes.replace(tzinfo=self._zone) - _EPOCH) / timedelta(microseconds=1))

    def _minutes(self, day: int) -> bytes:
        if not self._announced:
            return _plain_minutes(self.contract, day)
        if day not in self._days:
            self._days[day] = _on_the_wall(self, day)
        return self._days[day]


@lru_cache(maxsize=40_000)
def _plain_minutes(contract: str, day: int) -> bytes:
    return _on_the_wall(Walker(contract), day)


def _on_the_wall(walker: Walker, day: int) -> bytes:
    """A byte for each minute of a UTC day. Clocks change at full hours UTC, and by full hours."""
    zone = CONTRACTS[walker.contract].zone
    midnight = _EPOCH + timedelta(days=day)
    laid: list[bytes] = []
    for hour in range(24):
        wall = (midnight + timedelta(hours=hour)).astimezone(zone)
        laid.append(_hour(walker.hours(wall.date()), wall.hour))
    return b"".join(laid)


@lru_cache(maxsize=4096)
def _hour(hours: Hours, hour: int) -> bytes:
    minutes = range(hour * 60, hour * 60 + 60)
    return bytes(any(opens <= minute < closes for opens, closes in hours) for minute in minutes)
