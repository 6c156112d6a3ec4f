"""How soon a solution did not hold: within ten working days a met resolution reads "met, reopened" (R15)."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

_DAYS = 10


def within_ten_working_days(met_at: datetime, reopened_at: datetime, timezone: str) -> bool:
    """Whether the ticket was reopened no later than on the tenth working day after `met_at`'s.

    Working days are those of R1, Swedish whatever the contract; deviations of opening hours do not matter.
    """
    zone = ZoneInfo(timezone)
    day, left = met_at.astimezone(zone).date(), _DAYS
    while left:
        day += timedelta(days=1)
        left -= _is_working_day(day)
    return met_at <= reopened_at and reopened_at.astimezone(zone).date() <= day


def _is_working_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _red_days_and_eves(day.year)


@cache
def _red_days_and_eves(year: int) -> frozenset[date]:
    # The three eves are `de_facto` holidays to the library.
    found = country_holidays("SE", years=year, categories=("public", "de_facto"))
    return frozenset(found)
