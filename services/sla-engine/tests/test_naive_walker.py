"""The table of open time against a walker that knows nothing of it.

The walker goes by quarters of an hour, asks what a Stockholm wall clock shows at each, and computes its own
feasts. It shares no code with the calendar; all bounds of the three policies lie on quarters.
"""

import random
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.clock import deadlines, received
from sla_engine.domain.days import CalendarRules, Hours
from sla_engine.domain.instants import from_micros, to_micros
from sla_engine.domain.policy import PRIORITIES, Duration, Form, Policy

ZONE = ZoneInfo("Europe/Stockholm")
QUARTER = timedelta(minutes=15)
ONE_DAY = timedelta(days=1)
NIGHTS = CalendarRules(
    version="nights",
    zone="Europe/Stockholm",
    weekdays=frozenset(range(7)),
    hours=(Hours(60, 240), Hours(255, 300)),
    red_days=None,
    eves=frozenset(),
)


@lru_cache
def feasts(year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Red days and eves, Easter by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    w = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * w) // 451
    month, day = divmod(h + w - 7 * m + 114, 31)
    easter = date(year, month, day + 1)
    midsummer = next(d for n in range(7) if (d := date(year, 6, 20) + n * ONE_DAY).weekday() == 5)
    all_saints = next(d for n in range(7) if (d := date(year, 10, 31) + n * ONE_DAY).weekday() == 5)
    red = {easter + n * ONE_DAY for n in (-2, 0, 1, 39, 49)} | {midsummer, all_saints}
    red |= {date(year, *d) for d in ((1, 1), (1, 6), (5, 1), (6, 6), (12, 25), (12, 26))}
    return frozenset(red), frozenset({midsummer - ONE_DAY, date(year, 12, 24), date(year, 12, 31)})


def is_red(day: date) -> bool:
    return day in feasts(day.year)[0]


def is_free(day: date) -> bool:
    return day.weekday() >= 5 or is_red(day) or day in feasts(day.year)[1]


def is_holiday(day: date) -> bool:
    return is_red(day) or day in feasts(day.year)[1]


@lru_cache(maxsize=100_000)
def hours(contract: str, day: date) -> tuple[tuple[float, float], ...]:
    before, after = day - ONE_DAY, day + ONE_DAY
    if contract == "demo":
        return ((0, 24),)
    if contract == "nights":
        return ((1, 4), (4.25, 5))
    if is_free(day):
        return ()
    if contract == "hubs":
        return ((8, 17),)
    if is_free(before) and is_free(after) and (is_holiday(before) or is_holiday(after)):
        return ()
    return ((9, 12),) if is_red(after) else ((9, 12), (13, 16))


def is_open(contract: str, instant: datetime) -> bool:
    wall = instant.astimezone(ZONE)
    hour = wall.hour + wall.minute / 60
    return any(opens <= hour < closes for opens, closes in hours(contract, wall.date()))


def walk(contract: str, start: datetime, amount: timedelta) -> datetime:
    """Spend `amount` of open time from `start`, a quarter at a time; stop the moment it is spent."""
    now = start
    while True:
        quarter_end = now - timedelta(
            minutes=now.minute % 15, seconds=now.second, microseconds=now.microsecond
        )
        quarter_end += QUARTER
        if is_open(contract, now):
            if amount <= quarter_end - now:
                return now + amount
            amount -= quarter_end - now
        now = quarter_end


def first_open(contract: str, start: datetime) -> datetime:
    return walk(contract, start, timedelta(microseconds=1)) - timedelta(microseconds=1)


def nth_closing(contract: str, day: date, n: int) -> datetime:
    while n:
        day += ONE_DAY
        n -= bool(hours(contract, day))
    closes = hours(contract, day)[-1][1]
    return (datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(hours=closes)).astimezone(UTC)


def instants(count: int, seed: int) -> list[datetime]:
    """Random microseconds of 2020–2040, a third of them within two days of a change of the clocks."""
    rng = random.Random(seed)
    first = datetime(2020, 1, 1, tzinfo=UTC)
    span = int((datetime(2040, 12, 1, tzinfo=UTC) - first) / timedelta(microseconds=1))
    changes = [
        datetime(year, month, 31 - (date(year, month, 31).weekday() + 1) % 7, 1, tzinfo=UTC)
        for year in range(2020, 2041)
        for month in (3, 10)
    ]
    anywhere = [first + timedelta(microseconds=rng.randrange(span)) for _ in range(2 * count // 3)]
    near = [rng.choice(changes) + timedelta(hours=rng.uniform(-48, 48)) for _ in range(count - len(anywhere))]
    return anywhere + near


def _calendar(contract: str, terms: dict[str, tuple[Policy, Calendar]]) -> Calendar:
    return Calendar(NIGHTS, ZONE) if contract == "nights" else terms[contract][1]


@pytest.mark.parametrize("contract", ["hubs", "timecare", "demo", "nights"])
def test_open_time_is_what_a_walker_finds(terms: dict[str, tuple[Policy, Calendar]], contract: str) -> None:
    calendar = _calendar(contract, terms)
    rng = random.Random(7)
    for start in instants(1200, seed=1):
        begun = to_micros(start)
        amount = timedelta(microseconds=rng.randrange(1, 10 * 3600 * 10**6))
        opened = first_open(contract, start)
        assert calendar.open_at(begun) == is_open(contract, start), start
        assert from_micros(calendar.next_opening(begun)) == opened, start
        due = walk(contract, start, amount)
        assert from_micros(calendar.add_open_time(begun, amount // timedelta(microseconds=1))) == due, start
        assert calendar.open_time_between(begun, to_micros(due)) == amount // timedelta(microseconds=1)


@pytest.mark.parametrize("contract", ["hubs", "timecare", "nights"])
def test_whole_support_hours_from_whole_hours_end_where_a_walker_ends(
    terms: dict[str, tuple[Policy, Calendar]], contract: str
) -> None:
    calendar = _calendar(contract, terms)
    for start in instants(600, seed=2):
        whole = start.replace(minute=0, second=0, microsecond=0)
        for amount in (1, 2, 3, 4, 18):
            due = calendar.add_open_time(to_micros(whole), amount * 3600 * 10**6)
            assert from_micros(due) == walk(contract, whole, timedelta(hours=amount)), (whole, amount)


def test_every_hubs_and_timecare_deadline_is_what_a_walker_finds(
    terms: dict[str, tuple[Policy, Calendar]],
) -> None:
    for contract in ("hubs", "timecare"):
        policy, calendar = terms[contract]
        for start in instants(400, seed=3):
            base = received(calendar, to_micros(start))
            opened = first_open(contract, start)
            targets = {
                (t.kind, priority): t.within for priority in PRIORITIES for t in policy.targets(priority)
            }
            for (kind, priority), within in targets.items():
                due = next(d.due for d in deadlines(policy, calendar, base, priority) if d.kind == kind)
                assert from_micros(due) == _expected(contract, start, opened, within), (start, kind, priority)


def _expected(contract: str, registered: datetime, opened: datetime, within: Duration) -> datetime:
    amount = timedelta(microseconds=within.amount)
    match within.form:
        case Form.SUPPORT_TIME:
            return walk(contract, opened, amount)
        case Form.ELAPSED_TIME:
            return opened + amount
        case Form.WORKING_DAYS:
            return nth_closing(contract, registered.astimezone(ZONE).date(), within.amount)
        case Form.NEXT_OPEN_DAYS:
            return nth_closing(contract, opened.astimezone(ZONE).date(), within.amount)
        case Form.SAME_DAY:
            return nth_closing(contract, opened.astimezone(ZONE).date() - ONE_DAY, 1)


def test_days_are_free_where_a_walker_has_them_free(terms: dict[str, tuple[Policy, Calendar]]) -> None:
    for contract in ("hubs", "timecare"):
        calendar = terms[contract][1]
        day = date(2020, 1, 1)
        while day.year <= 2040:
            found = tuple((h.opens / 60, h.closes / 60) for h in calendar.day(day).hours)
            assert found == hours(contract, day), day
            day += ONE_DAY
