"""Whose days are red is data: each country's table against a library that follows its law."""

from datetime import date, timedelta
from typing import Any, get_args

import holidays
import pytest

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.days import DayKind, day_of
from sla_engine.domain.explanation import reason_of
from sla_engine.domain.policy import Policy
from sla_engine.domain.red_days import FEASTS, FIRST_YEARS, Country, days_of, easter

YEARS = range(2015, 2046)
LAW: dict[str, dict[str, Any]] = {
    "sweden": {"country": "SE", "language": "sv", "categories": ("public", "de_facto"), "expand": False},
    "finland": {"country": "FI", "language": "sv_FI", "categories": ("public",), "expand": False},
}
# What the library calls otherwise than people do.
CALLED = {"Trettondag": "Trettondagen", "Pingst": "Pingstdagen"}


def by_law(country: str, year: int) -> dict[date, set[str]]:
    asked = dict(LAW[country]) | {"years": year}
    if country == "sweden":
        asked["include_sundays"] = False
    listed = holidays.country_holidays(asked.pop("country"), **asked)
    return {day: {CALLED.get(name, name) for name in listed.get_list(day)} for day in listed}


@pytest.mark.parametrize("country", get_args(Country))
def test_the_tables_are_the_laws_by_date_and_name(country: Country) -> None:
    for year in YEARS:
        found = days_of(country, year)
        ours = {day: set(names.sv.split("; ")) for day, names in found.red_days.items()}
        for day, feast in found.eves.items():
            ours.setdefault(day, set()).add(feast.names.sv)
        law = by_law(country, year)
        if country == "finland":  # no holiday there, only an eve that a contract may name
            law[date(year, 12, 31)] = {"Nyårsafton"}
        assert ours == law, year


def test_easter_is_the_law_s_for_centuries() -> None:
    for year in range(1953, 2100):
        listed = holidays.country_holidays("SE", years=year, language="en_US", include_sundays=False)
        assert "Easter Sunday" in listed.get_list(easter(year)), year


@pytest.mark.parametrize(
    ("day", "sv", "en"),
    [
        (date(2026, 1, 6), "Trettondagen", "Epiphany"),
        (date(2026, 4, 3), "Långfredagen", "Good Friday"),
        (date(2026, 4, 6), "Annandag påsk", "Easter Monday"),
        (date(2026, 5, 1), "Första maj", "May Day"),
        (date(2026, 5, 14), "Kristi himmelsfärdsdag", "Ascension Day"),
        (date(2026, 5, 24), "Pingstdagen", "Whit Sunday"),
        (date(2026, 6, 20), "Midsommardagen", "Midsummer Day"),
        (date(2026, 10, 31), "Alla helgons dag", "All Saints' Day"),
        (date(2026, 12, 6), "Självständighetsdagen", "Independence Day"),
        (date(2026, 12, 25), "Juldagen", "Christmas Day"),
        (date(2026, 12, 26), "Annandag jul", "Boxing Day"),
    ],
)
def test_finland_s_red_days_have_their_names(day: date, sv: str, en: str) -> None:
    names = days_of("finland", 2026).red_days[day]
    assert (names.sv, names.en) == (sv, en)


def test_only_sweden_s_national_day_is_a_working_day_in_finland(
    terms: dict[str, tuple[Policy, Calendar]],
) -> None:
    sweden = terms["hubs"][0].calendar
    finland = type(sweden)(
        **{**{f: getattr(sweden, f) for f in sweden.__struct_fields__}, "red_days": "finland"}
    )
    first = date(2023, 1, 1)
    unlike = {
        day
        for day in (first + timedelta(days=n) for n in range(365 * 4))
        if day_of(sweden, day).kind is not day_of(finland, day).kind
    }
    assert unlike == {date(2023, 6, 6), date(2024, 6, 6), date(2025, 6, 6)} | {
        date(2023, 12, 6), date(2024, 12, 6), date(2026, 6, 6), date(2025, 12, 6), date(2026, 12, 6),
    }  # fmt: skip


def test_a_reason_is_told_in_the_contract_s_words_and_named_in_both_languages(
    terms: dict[str, tuple[Policy, Calendar]],
) -> None:
    day = terms["timecare"][1].day(date(2026, 4, 2))
    assert (day.kind, reason_of(day)) == (DayKind.SHORT_DAY, "short day: before Långfredagen")
    assert day.names is not None
    assert (day.names.sv, day.names.en) == ("Långfredagen", "Good Friday")


@pytest.mark.parametrize("country", get_args(Country))
def test_years_with_other_red_days_are_refused(country: Country) -> None:
    first = FIRST_YEARS[country]
    assert sum(feast.eve is None for feast in FEASTS[country]) == 13
    days_of(country, first)
    with pytest.raises(ValueError, match=f"{first} at the earliest"):
        days_of(country, first - 1)
