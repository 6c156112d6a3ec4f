"""Sweden's red days and eves by name (R1).

The `holidays` library computes the movable feasts, but its list is the law's, which may change under us: so
only the names that the terms list are let through, and a year that lacks one of them is refused.
"""

from datetime import date
from functools import lru_cache
from typing import Literal

import holidays

Eve = Literal["midsummer", "christmas", "new_year"]

RED_DAYS = (
    "Nyårsdagen",
    "Trettondedag jul",
    "Långfredagen",
    "Påskdagen",
    "Annandag påsk",
    "Första maj",
    "Kristi himmelsfärdsdag",
    "Pingstdagen",
    "Nationaldagen",
    "Midsommardagen",
    "Alla helgons dag",
    "Juldagen",
    "Annandag jul",
)
EVES: dict[str, Eve] = {"Midsommarafton": "midsummer", "Julafton": "christmas", "Nyårsafton": "new_year"}
FIRST_YEAR = 2005  # 6 June became a red day, and Whit Monday ceased to be one


@lru_cache(maxsize=256)
def red_days(year: int) -> dict[date, str]:
    """The red days of `year`; two that fall on one date are joined by "; ".

    Raises ValueError before 2005 (other days were red) and if the library lacks a day that the terms name.
    """
    if year < FIRST_YEAR:
        raise ValueError(
            f"the red days of {year} differ from those of the terms: {FIRST_YEAR} at the earliest"
        )
    found = _named(year, "public", RED_DAYS)
    missing = set(RED_DAYS) - {name for names in found.values() for name in names.split("; ")}
    if missing:
        raise ValueError(f"no date known in {year} for {sorted(missing)}")
    return found


@lru_cache(maxsize=256)
def eves(year: int) -> dict[date, str]:
    """Midsummer Eve, Christmas Eve and New Year's Eve of `year`: no red days, yet no working days."""
    return _named(year, "de_facto", tuple(EVES))


def _named(year: int, category: str, wanted: tuple[str, ...]) -> dict[date, str]:
    listed = holidays.country_holidays(
        "SE", years=year, categories=(category,), language="sv", include_sundays=False, expand=False
    )
    found: dict[date, str] = {}
    for day in sorted(listed):
        names = [name for name in listed.get_list(day) if name in wanted]
        if names:
            found[day] = "; ".join(names)
    return found
