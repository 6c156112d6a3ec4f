"""The contracts, written out anew from their terms: hours of a day, days off, and what is due when."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
Hours = tuple[tuple[int, int], ...]
"""From and to, in minutes since local midnight."""

SECOND = 1_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND


@dataclass(frozen=True)
class Due:
    """`how`: open, elapsed (microseconds), working, next_open (days) or same_day. `counts_from` R8."""

    how: str
    much: int = 0
    soft: tuple[str, int] | None = None
    counts_from: str = "received"


@dataclass(frozen=True)
class Contract:
    """`day` kinds: the hours of an ordinary weekday, of a Saturday, of a short day (None: there are none)."""

    zone: ZoneInfo
    country: str
    weekday: Hours
    saturday: Hours = ()
    sunday: Hours = ()
    short: Hours | None = None
    bridge_closed: bool = False
    eves: tuple[str, ...] = ()
    default: str | None = None
    targets: dict[str, dict[str, Due]] = field(default_factory=dict)

    def of(self, priority: str | None) -> dict[str, Due]:
        """What a ticket of that priority has clocks for."""
        if priority is None:
            return self.targets.get("", {}) | self.targets.get(self.default or "", {})
        return self.targets.get("always", {}) | self.targets.get(priority, {})


def _easter(year: int) -> date:
    """By the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    w = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * w) // 451
    month, day = divmod(h + w - 7 * m + 114, 31)
    return date(year, month, day + 1)


@lru_cache
def feasts(country: str, year: int) -> tuple[frozenset[date], dict[str, date]]:
    """Red days, and eves by name."""
    if country == "none":
        return frozenset(), {}
    easter = _easter(year)
    midsummer = next(d for n in range(7) if (d := date(year, 6, 20) + n * ONE_DAY).weekday() == 5)
    all_saints = next(d for n in range(7) if (d := date(year, 10, 31) + n * ONE_DAY).weekday() == 5)
    red = {easter + n * ONE_DAY for n in (-2, 0, 1, 39, 49)} | {midsummer, all_saints}
    red |= {date(year, *d) for d in ((1, 1), (1, 6), (5, 1), (12, 25), (12, 26))}
    red.add(date(year, 6, 6) if country == "SE" else date(year, 12, 6))
    eves = {"midsummer": midsummer - ONE_DAY, "christmas": date(year, 12, 24), "new_year": date(year, 12, 31)}
    return frozenset(red), eves


def is_red(contract: Contract, day: date) -> bool:
    """Whether the day is red."""
    return day in feasts(contract.country, day.year)[0]


def is_feast(contract: Contract, day: date) -> bool:
    """Whether it is red, or an eve that the contract keeps."""
    eves = feasts(contract.country, day.year)[1]
    return is_red(contract, day) or any(eves.get(name) == day for name in contract.eves)


def _week_hours(contract: Contract, day: date) -> Hours:
    return {5: contract.saturday, 6: contract.sunday}.get(day.weekday(), contract.weekday)


def is_off(contract: Contract, day: date) -> bool:
    """Whether it is no working day."""
    return not _week_hours(contract, day) or is_feast(contract, day)


@lru_cache(maxsize=100_000)
def hours_of(name: str, day: date) -> Hours:
    """The hours of a day, without deviations (R1–R3)."""
    contract = CONTRACTS[name]
    if is_off(contract, day):
        return ()
    before, after = day - ONE_DAY, day + ONE_DAY
    between = is_off(contract, before) and is_off(contract, after)
    if contract.bridge_closed and between and (is_feast(contract, before) or is_feast(contract, after)):
        return ()
    if contract.short is not None and is_red(contract, after):
        return contract.short
    return _week_hours(contract, day)


def _hours(*bounds: float) -> Hours:
    return tuple((int(a * 60), int(b * 60)) for a, b in zip(bounds[::2], bounds[1::2], strict=True))


_SWEDEN, _FINLAND = ZoneInfo("Europe/Stockholm"), ZoneInfo("Europe/Helsinki")
_EVES = ("midsummer", "christmas", "new_year")

CONTRACTS = {
    "hubs": Contract(
        zone=_SWEDEN, country="SE", weekday=_hours(8, 17), eves=_EVES, default="P3",
        targets={
            "": {"triage": Due("open", HOUR)},
            "P1": {
                "response": Due("open", HOUR),
                "work_started": Due("open", HOUR),
                "resolution": Due("elapsed", 8 * HOUR),
                "customer_update": Due("elapsed", HOUR),
            },
            "P2": {
                "response": Due("open", 4 * HOUR),
                "work_started": Due("same_day"),
                "resolution": Due("working", 2, soft=("working", 1)),
                "customer_update": Due("next_open", 1),
                "line_limit": Due("open", 4 * HOUR),
            },
            "P3": {
                "response": Due("working", 1),
                "resolution": Due("working", 5),
                "line_limit": Due("open", 18 * HOUR),
            },
            "P4": {"response": Due("working", 2)},
        },
    ),
    "timecare": Contract(
        zone=_SWEDEN, country="SE", weekday=_hours(9, 12, 13, 16), short=_hours(9, 12), bridge_closed=True,
        eves=_EVES,
        targets={"": {"triage": Due("open", 2 * HOUR)}, "always": {"triage": Due("open", 2 * HOUR)}},
    ),
    "helsinki": Contract(
        zone=_FINLAND, country="FI", weekday=_hours(8, 16), saturday=_hours(9, 12),
        eves=("midsummer", "christmas"), default="P3",
        targets={
            "": {"triage": Due("open", HOUR)},
            "P1": {
                "response": Due("elapsed", HOUR // 2, counts_from="registered"),
                "work_started": Due("elapsed", HOUR // 2, counts_from="registered"),
                "resolution": Due("elapsed", 4 * HOUR, counts_from="registered"),
                "customer_update": Due("elapsed", HOUR, counts_from="registered"),
            },
            "P2": {
                "response": Due("open", 2 * HOUR),
                "work_started": Due("same_day"),
                "resolution": Due("open", 16 * HOUR, soft=("open", 8 * HOUR)),
                "customer_update": Due("next_open", 1),
                "line_limit": Due("open", 4 * HOUR),
            },
            "P3": {
                "response": Due("open", 8 * HOUR),
                "resolution": Due("working", 5),
                "customer_update": Due("next_open", 3),
                "line_limit": Due("open", 16 * HOUR),
            },
            "P4": {"response": Due("working", 3)},
        },
    ),
}  # fmt: skip
