"""A contract's opening hours over a range of years, as arithmetic on open time.

All intervals are laid out once as UTC microseconds with the open time before each; every question is then a
bisection or two, about a microsecond, where a walk over days takes ten times that.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import date, tzinfo

from sla_engine.domain.days import CalendarRules, Day, Deviation, day_of, deviating
from sla_engine.domain.instants import Micros, from_micros
from sla_engine.domain.local_time import Interval, opening, opening_intervals


class OutsideCalendar(ValueError):
    """The instant, or the deadline reckoned from it, lies outside the years that the calendar covers."""


class Calendar:
    """Opening hours from 1 January of `first_year` to 31 December of `last_year`, local dates.

    Immutable. All instants are microseconds since the epoch; every method raises OutsideCalendar when the
    answer would lie beyond the covered years.
    """

    def __init__(
        self,
        rules: CalendarRules,
        zone: tzinfo,
        deviations: Iterable[Deviation] = (),
        *,
        first_year: int = 2015,
        last_year: int = 2045,
        revision: int | None = None,
    ) -> None:
        announced = {deviation.date: deviation for deviation in deviations}
        self.rules, self.zone, self.deviations = rules, zone, tuple(announced.values())
        number = len(announced) if revision is None else revision
        self.version = f"{rules.version}+{number}" if number else rules.version
        self._first = date(first_year, 1, 1).toordinal()
        days = range(self._first, date(last_year + 1, 1, 1).toordinal())
        self._days = [self._announced_or_ruled(announced, date.fromordinal(day)) for day in days]
        self._intervals = list(opening_intervals(zone, self._days))
        self._midnights = [opening(zone, day.date, 0) for day in self._days]
        self._end = opening(zone, date(last_year + 1, 1, 1), 0)

        self._opens: list[Micros] = []
        self._closes: list[Micros] = []
        self._open_before: list[Micros] = []
        self._open_through: list[Micros] = []
        self._open_days: list[int] = []
        self._last_closings: list[Micros] = []
        total = 0
        for ordinal, intervals in zip(days, self._intervals, strict=True):
            for opens, closes in intervals:
                self._opens.append(opens)
                self._closes.append(closes)
                self._open_before.append(total)
                total += closes - opens
                self._open_through.append(total)
            if intervals:
                self._open_days.append(ordinal)
                self._last_closings.append(intervals[-1][1])

    def _announced_or_ruled(self, announced: dict[date, Deviation], day: date) -> Day:
        deviation = announced.get(day)
        return deviating(deviation) if deviation else day_of(self.rules, day)

    def with_deviations(self, deviations: Iterable[Deviation], *, revision: int | None = None) -> "Calendar":
        """The same rules over the same years with exactly these deviations; of one date, the last counts.

        `revision` stands in the version, else how many dates deviate.
        """
        years = self._days[0].date.year, self._days[-1].date.year
        return Calendar(
            self.rules, self.zone, deviations, first_year=years[0], last_year=years[1], revision=revision
        )

    def covers(self, day: date) -> bool:
        """Whether the day is laid out."""
        return self._days[0].date <= day <= self._days[-1].date

    def day(self, day: date) -> Day:
        """What kind of day it is, why, and its local hours."""
        return self._days[self._index_of(day)]

    def intervals(self, day: date) -> list[Interval]:
        """The day's opening intervals in UTC, half-open, in order."""
        return self._intervals[self._index_of(day)]

    def local_date(self, instant: Micros) -> date:
        """The date that the contract's clocks show."""
        return date.fromordinal(self._first + bisect_right(self._midnights, self._within(instant)) - 1)

    def open_at(self, instant: Micros) -> bool:
        """Whether support is open then; a closing instant is closed (R5)."""
        last = bisect_right(self._opens, self._within(instant)) - 1
        return last >= 0 and instant < self._closes[last]

    def next_opening(self, instant: Micros) -> Micros:
        """`instant` when support is open, else the next instant at which it opens (R5)."""
        following = bisect_right(self._opens, instant)
        if following == 0:
            self._within(instant)
        elif instant < self._closes[following - 1]:
            return instant
        if following == len(self._opens):
            raise OutsideCalendar(f"no opening after {from_micros(instant)} is laid out")
        return self._opens[following]

    def open_time_between(self, start: Micros, end: Micros) -> Micros:
        """How much open time lies in [start, end), nothing when `end` comes first."""
        return max(0, self._open_until(end) - self._open_until(start))

    def add_open_time(self, start: Micros, amount: Micros) -> Micros:
        """The instant when `amount` of open time has passed since `start`; a closing time stays one (R6)."""
        if amount <= 0:
            return start
        reached = self._open_until(start) + amount
        interval = bisect_left(self._open_through, reached)
        if interval == len(self._open_through):
            raise OutsideCalendar(f"{amount} µs of open time after {from_micros(start)} are not laid out")
        return self._closes[interval] - self._open_through[interval] + reached

    def closing_of_nth_open_day_after(self, day: date, n: int) -> Micros:
        """The last closing time of the `n`-th day after `day` that opens at all (R7)."""
        nth = bisect_right(self._open_days, self._first + self._index_of(day)) + n - 1
        if nth >= len(self._open_days):
            raise OutsideCalendar(f"{n} open days after {day} are not laid out")
        return self._last_closings[nth]

    def closing_of_day(self, day: date) -> Micros:
        """The day's last closing time. Raises ValueError for a day that never opens."""
        intervals = self.intervals(day)
        if not intervals:
            raise ValueError(f"support does not open on {day}")
        return intervals[-1][1]

    def _open_until(self, instant: Micros) -> Micros:
        last = bisect_right(self._opens, instant) - 1
        if last < 0 or instant >= self._end:
            self._within(instant)
            return 0
        return self._open_before[last] + min(instant, self._closes[last]) - self._opens[last]

    def _within(self, instant: Micros) -> Micros:
        if not self._midnights[0] <= instant < self._end:
            raise OutsideCalendar(f"{from_micros(instant)} lies outside the calendar's years")
        return instant

    def _index_of(self, day: date) -> int:
        index = day.toordinal() - self._first
        if not 0 <= index < len(self._days):
            raise OutsideCalendar(f"{day} lies outside the calendar's years")
        return index
