"""Which days are red, and which are eves, in the countries that contracts are kept in (R1).

A country is a table: what a law calls a public holiday and what terms call a red day differ (Sweden's eves,
Finland's Midsummer Eve), so nothing is taken from a list that may change under us. The tests hold the tables
against the `holidays` library, which follows the laws.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import msgspec

Country = Literal["sweden", "finland"]
Eve = Literal["midsummer", "christmas", "new_year"]
Rule = Callable[[int], date]
"""The date in a year."""


class Names(msgspec.Struct, frozen=True):
    """What a day is called."""

    sv: str
    en: str


class Feast(msgspec.Struct, frozen=True):
    """A day that comes every year; `eve` is what a policy calls it where it is no red day."""

    names: Names
    on: Rule
    eve: Eve | None = None


class Year(msgspec.Struct, frozen=True):
    """A country's days in one year."""

    red_days: dict[date, Names]
    eves: dict[date, Feast]


def easter(year: int) -> date:
    """Easter Sunday, by Gauss's rule with the two exceptions of the Gregorian calendar."""
    century = year // 100
    m = (15 + century - century // 4 - (13 + 8 * century) // 25) % 30
    n = (4 + century - century // 4) % 7
    full_moon = (19 * (year % 19) + m) % 30
    sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * full_moon + n) % 7
    if (full_moon == 29 and sunday == 6) or (full_moon == 28 and sunday == 6 and (11 * m + 11) % 30 < 19):
        sunday -= 7
    return date(year, 3, 22) + timedelta(days=full_moon + sunday)


def _each(month: int, day: int) -> Rule:
    return lambda year: date(year, month, day)


def _easter(days: int) -> Rule:
    return lambda year: easter(year) + timedelta(days=days)


def _friday_from(month: int, day: int) -> Rule:
    return _weekday_from(4, month, day)


def _saturday_from(month: int, day: int) -> Rule:
    return _weekday_from(5, month, day)


def _weekday_from(weekday: int, month: int, day: int) -> Rule:
    """The first such day on or after that date."""

    def on(year: int) -> date:
        first = date(year, month, day)
        return first + timedelta(days=(weekday - first.weekday()) % 7)

    return on


_IN_BOTH = (
    Feast(Names("Nyårsdagen", "New Year's Day"), _each(1, 1)),
    Feast(Names("Långfredagen", "Good Friday"), _easter(-2)),
    Feast(Names("Påskdagen", "Easter Sunday"), _easter(0)),
    Feast(Names("Annandag påsk", "Easter Monday"), _easter(1)),
    Feast(Names("Första maj", "May Day"), _each(5, 1)),
    Feast(Names("Kristi himmelsfärdsdag", "Ascension Day"), _easter(39)),
    Feast(Names("Pingstdagen", "Whit Sunday"), _easter(49)),
    Feast(Names("Midsommardagen", "Midsummer Day"), _saturday_from(6, 20)),
    Feast(Names("Alla helgons dag", "All Saints' Day"), _saturday_from(10, 31)),
    Feast(Names("Juldagen", "Christmas Day"), _each(12, 25)),
    Feast(Names("Annandag jul", "Boxing Day"), _each(12, 26)),
    Feast(Names("Midsommarafton", "Midsummer Eve"), _friday_from(6, 19), "midsummer"),
    Feast(Names("Julafton", "Christmas Eve"), _each(12, 24), "christmas"),
    Feast(Names("Nyårsafton", "New Year's Eve"), _each(12, 31), "new_year"),
)
FEASTS: dict[Country, tuple[Feast, ...]] = {
    "sweden": (
        *_IN_BOTH,
        Feast(Names("Trettondedag jul", "Epiphany"), _each(1, 6)),
        Feast(Names("Nationaldagen", "National Day"), _each(6, 6)),
    ),
    "finland": (
        *_IN_BOTH,
        Feast(Names("Trettondagen", "Epiphany"), _each(1, 6)),
        Feast(Names("Självständighetsdagen", "Independence Day"), _each(12, 6)),
    ),
}
# Sweden: 6 June became a red day, and Whit Monday ceased to be one. Finland: Epiphany and Ascension Day came
# back from the Saturdays.
FIRST_YEARS: dict[Country, int] = {"sweden": 2005, "finland": 1992}


@lru_cache(maxsize=256)
def days_of(country: Country, year: int) -> Year:
    """The red days and eves of `year`; the names of two red days on one date are joined by "; ".

    Raises ValueError for a year in which other days were red.
    """
    if year < FIRST_YEARS[country]:
        told = f"the red days of {year} differ from those of today: {FIRST_YEARS[country]} at the earliest"
        raise ValueError(told)
    found = Year({}, {})
    for feast in FEASTS[country]:
        day = feast.on(year)
        if feast.eve:
            found.eves[day] = feast
        else:
            same = found.red_days.get(day)
            found.red_days[day] = _joined(same, feast.names) if same else feast.names
    return found


def _joined(one: Names, other: Names) -> Names:
    return Names(f"{one.sv}; {other.sv}", f"{one.en}; {other.en}")
