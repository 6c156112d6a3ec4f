"""What kind of day a date is under a calendar's rules, and its opening hours (R1–R4)."""

from datetime import date, timedelta
from enum import StrEnum

import msgspec

from sla_engine.domain.red_days import Country, Eve, Names, days_of


class DayKind(StrEnum):
    """Why a day has the hours that it has."""

    ORDINARY = "ordinary"
    WEEKEND = "weekend"
    RED_DAY = "red_day"
    EVE = "eve"
    BRIDGE_DAY = "bridge_day"
    SHORT_DAY = "short_day"
    DEVIATION = "deviation"


class Hours(msgspec.Struct, frozen=True):
    """One opening interval of a local day, half-open, in minutes since midnight (1440 is its end)."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < self.closes <= 1440:
            raise ValueError(f"opening hours must begin before they end, within one day: {self}")

    def __str__(self) -> str:
        return f"{self.from_clock}-{self.to_clock}"

    @property
    def from_clock(self) -> str:
        """When they begin, as `HH:MM`."""
        return _clock(self.opens)

    @property
    def to_clock(self) -> str:
        """When they end, as `HH:MM`."""
        return _clock(self.closes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class CalendarRules(msgspec.Struct, frozen=True, kw_only=True):
    """A contract's opening rules as data.

    `weekdays`: Monday is 0. `short_hours`: hours of a working day before a red day, None where the contract
    has no short days. `closed_on_bridge_days`: False where the contract knows none. `red_days`: of which
    country, None where every day is like another; its eves are that country's. `hours_on`: of weekdays that
    have hours of their own.
    """

    version: str
    zone: str
    weekdays: frozenset[int]
    hours: tuple[Hours, ...]
    red_days: Country | None
    eves: frozenset[Eve]
    short_hours: tuple[Hours, ...] | None = None
    closed_on_bridge_days: bool = False
    hours_on: dict[int, tuple[Hours, ...]] = {}


class Deviation(msgspec.Struct, frozen=True):
    """Hours announced for one date, overriding every other rule; no hours means closed (R4)."""

    date: date
    hours: tuple[Hours, ...]
    reason: str


class Day(msgspec.Struct, frozen=True):
    """A local date with its opening hours; `reason` names the red day, the eve or the deviation, in the words
    of the contract; `names` does so in both languages, where it is a day that has a name.
    """

    date: date
    kind: DayKind
    hours: tuple[Hours, ...]
    reason: str = ""
    names: Names | None = None


_ONE_DAY = timedelta(days=1)


def day_of(rules: CalendarRules, day: date) -> Day:
    """The day as the rules alone have it, without deviations."""
    closed = _not_working(rules, day)
    if closed is not None:
        return closed
    before, after = _not_working(rules, day - _ONE_DAY), _not_working(rules, day + _ONE_DAY)
    if rules.closed_on_bridge_days and before and after and not (_weekend(before) and _weekend(after)):
        feast = after if _weekend(before) else before
        return Day(day, DayKind.BRIDGE_DAY, (), feast.reason, feast.names)
    if rules.short_hours is not None and after and after.kind is DayKind.RED_DAY:
        return Day(day, DayKind.SHORT_DAY, rules.short_hours, after.reason, after.names)
    return Day(day, DayKind.ORDINARY, rules.hours_on.get(day.weekday(), rules.hours))


def deviating(deviation: Deviation) -> Day:
    """The day as it was announced."""
    return Day(deviation.date, DayKind.DEVIATION, deviation.hours, deviation.reason)


def _not_working(rules: CalendarRules, day: date) -> Day | None:
    if rules.red_days is not None:
        of_year = days_of(rules.red_days, day.year)
        if names := of_year.red_days.get(day):
            return Day(day, DayKind.RED_DAY, (), names.sv, names)
        if (feast := of_year.eves.get(day)) and feast.eve in rules.eves:
            return Day(day, DayKind.EVE, (), feast.names.sv, feast.names)
    if day.weekday() not in rules.weekdays:
        return Day(day, DayKind.WEEKEND, ())
    return None


def _weekend(day: Day) -> bool:
    return day.kind is DayKind.WEEKEND
