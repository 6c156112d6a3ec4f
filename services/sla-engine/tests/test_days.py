"""Red days, eves, bridge days, short days and deviations (R1–R4)."""

from datetime import date, datetime

import pytest

from sla_engine.domain.calendar import Calendar, OutsideCalendar
from sla_engine.domain.days import DayKind, Deviation, Hours
from sla_engine.domain.instants import DAY, HOUR, to_micros
from sla_engine.domain.policy import Policy

Terms = dict[str, tuple[Policy, Calendar]]


def test_an_ordinary_sunday_is_no_red_day(terms: Terms) -> None:
    assert terms["hubs"][1].day(date(2026, 3, 1)).kind is DayKind.WEEKEND


@pytest.mark.parametrize(
    ("day", "kind", "reason"),
    [
        (date(2026, 1, 2), DayKind.BRIDGE_DAY, "Nyårsdagen"),
        (date(2025, 1, 2), DayKind.ORDINARY, ""),
        (date(2025, 1, 3), DayKind.ORDINARY, ""),
        (date(2024, 12, 23), DayKind.BRIDGE_DAY, "Julafton"),
        (date(2026, 12, 23), DayKind.ORDINARY, ""),
        (date(2026, 4, 2), DayKind.SHORT_DAY, "Långfredagen"),
        (date(2026, 6, 5), DayKind.SHORT_DAY, "Nationaldagen"),
        (date(2026, 6, 6), DayKind.RED_DAY, "Nationaldagen"),
        (date(2026, 6, 19), DayKind.EVE, "Midsommarafton"),
        (date(2026, 12, 30), DayKind.ORDINARY, ""),
    ],
)
def test_a_day_tells_its_kind_and_why(terms: Terms, day: date, kind: DayKind, reason: str) -> None:
    found = terms["timecare"][1].day(day)
    assert (found.kind, found.reason) == (kind, reason)


def test_a_contract_without_bridge_and_short_days_works_through_them(terms: Terms) -> None:
    hubs = terms["hubs"][1]
    assert hubs.day(date(2026, 1, 2)).kind is DayKind.ORDINARY
    assert hubs.day(date(2026, 4, 2)).hours == (Hours(480, 1020),)


def test_a_deviation_overrides_the_day_and_only_that_day(terms: Terms) -> None:
    timecare = terms["timecare"][1]
    closed = timecare.with_deviations([Deviation(date(2026, 11, 17), (), "personaldag")])
    assert closed.day(date(2026, 11, 17)).kind is DayKind.DEVIATION
    for neighbour in (date(2026, 11, 16), date(2026, 11, 18)):
        assert closed.day(neighbour) == timecare.day(neighbour)
    assert closed.version != timecare.version


def test_a_deviation_between_holidays_makes_no_bridge_day(terms: Terms) -> None:
    thursday, friday = date(2026, 11, 19), date(2026, 11, 20)
    closed = terms["timecare"][1].with_deviations([Deviation(thursday, (), "flytt")])
    assert closed.day(friday).kind is DayKind.ORDINARY


def test_a_deviation_may_open_a_red_day(terms: Terms) -> None:
    good_friday = date(2026, 4, 3)
    opened = terms["hubs"][1].with_deviations([Deviation(good_friday, (Hours(600, 720),), "jour")])
    assert sum(closes - opens for opens, closes in opened.intervals(good_friday)) == 2 * HOUR
    assert opened.closing_of_nth_open_day_after(date(2026, 4, 2), 1) == opened.closing_of_day(good_friday)


def test_the_later_of_two_deviations_for_a_date_holds(terms: Terms) -> None:
    day = date(2026, 11, 17)
    announced = [Deviation(day, (), "stängt"), Deviation(day, (Hours(600, 660),), "ändrat")]
    assert terms["timecare"][1].with_deviations(announced).day(day).reason == "ändrat"


def test_instants_beyond_the_covered_years_are_refused(terms: Terms) -> None:
    hubs = terms["hubs"][1]
    last_closing = hubs.closing_of_nth_open_day_after(date(2045, 12, 28), 1)
    with pytest.raises(OutsideCalendar):
        hubs.next_opening(last_closing)
    with pytest.raises(OutsideCalendar):
        hubs.add_open_time(last_closing - HOUR, 2 * HOUR)
    with pytest.raises(OutsideCalendar):
        hubs.open_at(last_closing + 30 * DAY)
    with pytest.raises(OutsideCalendar):
        hubs.day(date(2014, 12, 31))
    with pytest.raises(OutsideCalendar):
        hubs.closing_of_nth_open_day_after(date(2045, 12, 29), 1)


def test_naive_instants_are_refused() -> None:
    with pytest.raises(TypeError):
        to_micros(datetime(2026, 1, 1))  # noqa: DTZ001
