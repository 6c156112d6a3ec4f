"""What a deadline costs: the table of open time beside a plain loop over days, on the same instants.

Run it as a program. Absolute figures follow the machine; the ratio between the rows holds.
"""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sla_engine.adapters import policies, tzdata
from sla_engine.domain.calendar import Calendar
from sla_engine.domain.clock import compute, deadlines, received
from sla_engine.domain.instants import HOUR, Micros, from_micros, to_micros
from sla_engine.domain.policy import Policy

ROUNDS = 20_000


def main() -> None:
    """Print microseconds per item for each way of working."""
    tzdata.pin()
    policy = policies.load_bundled()["hubs"]
    calendar = Calendar(policy.calendar, ZoneInfo(policy.calendar.zone))
    rng = random.Random(1)  # noqa: S311
    first, last = (to_micros(datetime(year, 1, 1, tzinfo=UTC)) for year in (2020, 2040))
    instants = [rng.randrange(first, last) for _ in range(ROUNDS)]
    rows = [
        ("add 8 support hours, table", _timed(instants, lambda t: calendar.add_open_time(t, 8 * HOUR))),
        ("add 8 support hours, day loop", _timed(instants, _day_loop(calendar))),
        ("one deadline with its warning", _one_deadline(policy, calendar, instants)),
        ("a whole P2 ticket (5 deadlines)", _timed(instants, lambda t: _ticket(policy, calendar, t))),
    ]
    for name, cost in rows:
        print(f"{name:34} {cost:7.2f} µs")


def _timed(instants: list[Micros], work: Callable[[Micros], object]) -> float:
    begun = time.perf_counter()
    for instant in instants:
        work(instant)
    return (time.perf_counter() - begun) / len(instants) * 1e6


def _ticket(policy: Policy, calendar: Calendar, instant: Micros) -> object:
    return deadlines(policy, calendar, received(calendar, instant), "P2")


def _one_deadline(policy: Policy, calendar: Calendar, instants: list[Micros]) -> float:
    target = policy.targets("P2")[0]
    bases = iter([received(calendar, instant) for instant in instants])
    return _timed(instants, lambda _: compute(policy, calendar, next(bases), target))


def _day_loop(calendar: Calendar) -> Callable[[Micros], datetime]:
    """The usual way: from day to day in local time, taking off each day's hours until none are left."""

    def add(instant: Micros) -> datetime:
        begun = from_micros(instant).astimezone(calendar.zone)
        left, day = timedelta(hours=8), begun.date()
        while True:
            for hours in calendar.day(day).hours:
                midnight = datetime.combine(day, datetime.min.time(), calendar.zone)
                opens = (midnight + timedelta(minutes=hours.opens)).astimezone(UTC)
                closes = (midnight + timedelta(minutes=hours.closes)).astimezone(UTC)
                begins = max(opens, begun)
                if begins < closes:
                    if left <= closes - begins:
                        return begins + left
                    left -= closes - begins
            day += timedelta(days=1)

    return add


if __name__ == "__main__":
    main()
