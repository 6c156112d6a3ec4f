"""When something may wait for the morning, on the contract's own clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from pydantic import ValidationError
from tests.notifier_facts import fact, opened

from notifier.domain.holding import QuietHours, is_urgent, quiet_until
from notifier.domain.notice import Notice
from notifier.domain.ticket import Ticket, observe
from notifier.settings import NotifierSettings
from shared.events.ids import new_id

NIGHT = QuietHours.parse("22:00-06:00")
STOCKHOLM = ZoneInfo("Europe/Stockholm")
TICKET = observe(Ticket(), fact(opened(priority="P3"), new_id()))
WORD = Notice("customer_commented", "team", {})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-10 21:59:59", None),
        ("2026-03-10 22:00", "2026-03-11 06:00"),
        ("2026-03-11 05:59:59", "2026-03-11 06:00"),
        ("2026-03-11 06:00", None),
        ("2026-03-28 23:00", "2026-03-29 06:00"),
        ("2026-10-24 23:00", "2026-10-25 06:00"),
    ],
)
def test_a_night_ends_at_its_local_hour_whatever_the_clocks_did(now: str, until: str | None) -> None:
    assert NIGHT.until(at(now), STOCKHOLM) == (at(until) if until else None)


def test_hours_within_one_day_are_quiet_too() -> None:
    lunch = QuietHours.parse("12:00-13:00")
    assert lunch.until(at("2026-03-10 12:30"), STOCKHOLM) == at("2026-03-10 13:00")
    assert lunch.until(at("2026-03-10 13:00"), STOCKHOLM) is None


def test_only_what_can_wait_waits_and_only_for_those_who_have_quiet_hours() -> None:
    night, quiet = at("2026-03-10 23:00"), {"team": NIGHT}
    morning = at("2026-03-11 06:00")
    assert quiet_until(WORD, TICKET, night, quiet) == morning  # type: ignore[arg-type]
    assert quiet_until(WORD._replace(recipient="reporter"), TICKET, night, quiet) is None  # type: ignore[arg-type]
    assert quiet_until(WORD._replace(urgent=True), TICKET, night, quiet) is None  # type: ignore[arg-type]
    assert quiet_until(WORD, replace(TICKET, priority="P1"), night, quiet) is None  # type: ignore[arg-type]


def test_a_p1s_matters_are_urgent() -> None:
    assert not is_urgent(WORD, TICKET)
    assert is_urgent(WORD, replace(TICKET, priority="P1"))


@pytest.mark.parametrize("text", ["22-06", "24:00-06:00", "22:00-22:00", "22:00–06:00", ""])
def test_what_is_no_span_of_time_is_refused_on_start(text: str) -> None:
    with pytest.raises(ValidationError, match="span"):
        settings(quiet_hours={"team": text})


def test_support_rests_at_night_and_a_local_demonstration_does_not() -> None:
    assert settings().quiet == {"team": NIGHT, "assignee": NIGHT}
    assert settings(quiet_hours={}).quiet == {}
    assert settings(app_env="local").quiet == {}


def settings(**more: object) -> NotifierSettings:
    return NotifierSettings(database_url="unused", credentials_file="unused", **more)  # type: ignore[arg-type]
