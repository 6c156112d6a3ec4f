"""Lives to try: at random over twenty years, and on purpose about whatever is unlike other days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from clocks.terms import CONTRACTS, ONE_DAY, Hours, feasts, hours_of

FIRST, LAST = date(2020, 1, 1), date(2040, 11, 15)
YEARS = range(FIRST.year, LAST.year + 1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
_PRIORITIES = ("P1", "P2", "P3", "P4")


@dataclass(frozen=True)
class Act:
    """`what`: ask, answer, prioritise, worsen, announce. `days`: the hours that are announced, by date."""

    what: str
    at: int
    priority: str = ""
    days: tuple[tuple[date, Hours], ...] = ()


@dataclass(frozen=True)
class Case:
    """`why` it was thought of; a failing one is printed whole and can be judged again."""

    contract: str
    priority: str | None
    registered: int
    acts: tuple[Act, ...]
    why: str


def cases(seed: int, number: int, *, announcing: float = 0.1) -> Iterator[Case]:
    """`number` lives, those on purpose first; `announcing`: the share in which hours are announced."""
    rng = Random(seed)
    on_purpose = list(_on_purpose(rng))
    rng.shuffle(on_purpose)
    for contract, at, why in on_purpose[:number]:
        yield _case(rng, contract, at, why, announcing)
    span = (LAST - FIRST).days * _DAY
    for _ in range(number - len(on_purpose)):
        at = _midnight(FIRST) + rng.randrange(span)
        if rng.random() < 0.2:
            at -= at % 60_000_000  # people and tests like whole minutes
        yield _case(rng, rng.choice(list(CONTRACTS)), at, "random", announcing)


def clock_changes() -> list[date]:
    """The days on which Europe changes its clocks: last Sundays of March and October."""
    lasts = (date(year, month, 31) for year in YEARS for month in (3, 10))
    return [day - (day.weekday() + 1) % 7 * ONE_DAY for day in lasts]


def unlike_days(contract: str) -> list[date]:
    """The contract's red days and eves."""
    found = (feasts(CONTRACTS[contract].country, year) for year in YEARS)
    return sorted({day for red, eves in found for day in (*red, *eves.values()) if FIRST < day <= LAST})


def _on_purpose(rng: Random) -> Iterator[tuple[str, int, str]]:
    for contract in CONTRACTS:
        for day in clock_changes():
            if day <= LAST:
                yield contract, _midnight(day) + rng.randrange(-4 * _HOUR, 4 * _HOUR), f"clocks {day}"
        for day in unlike_days(contract):
            # As it comes, and on the day itself, which is then waited out.
            for ahead in (1, 0):
                yield contract, _midnight(day - ahead * ONE_DAY) + rng.randrange(20 * _HOUR), f"unlike {day}"
        for _ in range(60):
            yield contract, _bound(rng, contract), "at a bound"


def _bound(rng: Random, contract: str) -> int:
    """The very instant of an opening or a closing, or a microsecond beside it."""
    while True:
        day = FIRST + rng.randrange((LAST - FIRST).days) * ONE_DAY
        if hours := hours_of(contract, day):
            minutes = rng.choice([bound for each in hours for bound in each])
            wall = datetime(day.year, day.month, day.day) + timedelta(minutes=minutes)  # noqa: DTZ001
            return int((wall.replace(tzinfo=CONTRACTS[contract].zone) - _EPOCH) / _MICRO) + rng.choice(
                (-1, 0, 0, 1)
            )


def _case(rng: Random, contract: str, registered: int, why: str, announcing: float) -> Case:
    acts: list[Act] = []
    now, waits = registered, False
    for _ in range(rng.choice((0, 1, 2, 3, 4, 6))):
        # Minutes, hours or days later.
        now += int(rng.choice((_HOUR, 8 * _HOUR, 2 * _DAY)) * rng.random()) + 1
        what = rng.choice(("wait", "wait", "prioritise", "worsen"))
        if what == "wait":
            acts.append(Act("answer" if waits else "ask", now))
            waits = not waits
        else:
            acts.append(Act(what, now, rng.choice(_PRIORITIES)))
    if rng.random() < announcing:
        acts.append(_announcement(rng, registered + rng.randrange(2 * _DAY)))
        acts.sort(key=lambda act: act.at)
    return Case(contract, rng.choice((None, *_PRIORITIES)), registered, tuple(acts), why)


def _announcement(rng: Random, at: int) -> Act:
    """Days from the day after tomorrow on: later than today by anybody's clocks."""
    today = (_EPOCH + at * _MICRO).date()
    days: dict[date, Hours] = {}
    for _ in range(rng.randrange(1, 4)):
        opens = rng.randrange(5 * 60, 18 * 60)
        open_day: Hours = ((opens, rng.randrange(opens + 1, 22 * 60)),)
        days[today + rng.randrange(2, 9) * ONE_DAY] = rng.choice(((), open_day))
    return Act("announce", at, days=tuple(sorted(days.items())))


def _midnight(day: date) -> int:
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * _DAY
