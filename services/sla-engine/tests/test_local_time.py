"""Local bounds on the days when the clocks change (R5)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sla_engine.domain.days import Day, DayKind, Hours
from sla_engine.domain.instants import HOUR, MINUTE, from_micros
from sla_engine.domain.local_time import closing, opening, opening_intervals

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
SKIPPED = 2 * 60 + 30


def _utc(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def _length(day: date, *hours: Hours) -> int:
    laid_out = next(opening_intervals(STOCKHOLM, [Day(day, DayKind.ORDINARY, hours)]))
    return sum(closes - opens for opens, closes in laid_out)


def test_a_bound_that_daylight_saving_skips_means_the_gaps_end() -> None:
    assert from_micros(opening(STOCKHOLM, SPRING, SKIPPED)) == _utc(SPRING, 1)
    assert from_micros(closing(STOCKHOLM, SPRING, SKIPPED)) == _utc(SPRING, 1)


def test_a_bound_that_occurs_twice_opens_first_and_closes_last() -> None:
    assert from_micros(opening(STOCKHOLM, AUTUMN, SKIPPED)) == _utc(AUTUMN, 0, 30)
    assert from_micros(closing(STOCKHOLM, AUTUMN, SKIPPED)) == _utc(AUTUMN, 1, 30)


def test_an_interval_within_the_gap_opens_nothing() -> None:
    assert _length(SPRING, Hours(130, 170)) == 0


def test_a_day_of_24_hours_has_23_or_25_when_the_clocks_change() -> None:
    assert _length(SPRING, Hours(0, 1440)) == 23 * HOUR
    assert _length(AUTUMN, Hours(0, 1440)) == 25 * HOUR


def test_time_that_two_intervals_claim_counts_once() -> None:
    assert _length(AUTUMN, Hours(120, 150), Hours(150, 180)) == 2 * HOUR


def test_a_gap_of_half_an_hour_is_found_to_the_minute() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    skipped = opening(lord_howe, date(2026, 10, 4), 2 * 60 + 10)
    assert skipped == opening(lord_howe, date(2026, 10, 4), 2 * 60 + 30)
    assert skipped - opening(lord_howe, date(2026, 10, 4), 2 * 60 - 1) == MINUTE


def test_a_zone_that_changes_at_midnight_keeps_its_days_apart() -> None:
    santiago = ZoneInfo("America/Santiago")
    days = [Day(date(2026, 9, day), DayKind.ORDINARY, (Hours(0, 1440),)) for day in (5, 6, 7)]
    laid_out = list(opening_intervals(santiago, days))
    assert [sum(b - a for a, b in day) // HOUR for day in laid_out] == [24, 23, 24]
    assert laid_out[0][-1][1] == laid_out[1][0][0]
