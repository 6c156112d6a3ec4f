"""A contract of another country, zone and week is a file: Finland, P1 around the clock, Saturday mornings."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.story import ANSWERED, ASKED, Story, priority, word

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.clock import deadlines, received
from sla_engine.domain.days import DayKind, Hours
from sla_engine.domain.instants import HOUR, Micros, from_micros, to_micros
from sla_engine.domain.policy import Policy, Priority

HELSINKI = ZoneInfo("Europe/Helsinki")
Terms = dict[str, tuple[Policy, Calendar]]


def there(text: str) -> Micros:
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=HELSINKI))


@pytest.fixture
def desk(terms: Terms) -> Story:
    return Story(*terms["helsinki"], there)


# priority | registered | kind | due, by the clocks of Helsinki
WORKED = """
P1 | 2026-03-29 02:30 | resolution      | 2026-03-29 07:30 | the clocks go forward at three
P1 | 2026-10-25 01:30 | resolution      | 2026-10-25 04:30 | and back at four
P1 | 2026-06-19 23:50 | response        | 2026-06-20 00:20 | Midsummer night
P1 | 2026-12-06 12:00 | customer_update | 2026-12-06 13:00 | Independence Day, a Sunday
P2 | 2026-05-15 15:00 | response        | 2026-05-16 10:00 | a Friday afternoon, on into Saturday
P2 | 2026-05-16 11:59 | response        | 2026-05-18 09:59 | a Saturday, on into Monday
P2 | 2026-05-16 12:00 | work_started    | 2026-05-18 16:00 | closed, received on Monday
P2 | 2026-05-16 09:30 | work_started    | 2026-05-16 12:00 | the same Saturday
P2 | 2026-06-05 15:00 | response        | 2026-06-06 10:00 | Sweden's National Day is a Saturday there
P2 | 2026-06-18 15:00 | response        | 2026-06-22 09:00 | Midsummer Eve and Day between
P3 | 2026-05-11 10:00 | resolution      | 2026-05-18 16:00 | Ascension between, and a Saturday counts
P3 | 2027-12-03 10:00 | resolution      | 2027-12-10 16:00 | Saturday counts, Independence Day does not
P3 | 2026-12-23 15:00 | response        | 2026-12-28 15:00 | Christmas Eve, Day and Boxing Day between
P4 | 2026-01-03 09:00 | response        | 2026-01-08 16:00 | Epiphany between
"""


@pytest.mark.parametrize("row", WORKED.strip().splitlines())
def test_worked_examples(terms: Terms, row: str) -> None:
    urgency, registered, kind, due, _ = (cell.strip() for cell in row.split(" | "))
    policy, calendar = terms["helsinki"]
    rank: Priority = urgency  # type: ignore[assignment]
    found = {d.kind: d.due for d in deadlines(policy, calendar, received(calendar, there(registered)), rank)}
    assert from_micros(found[kind]) == from_micros(there(due))  # type: ignore[index]


@pytest.mark.parametrize(
    ("day", "kind", "hours"),
    [
        (date(2026, 5, 15), DayKind.ORDINARY, ((8, 16),)),
        (date(2026, 5, 16), DayKind.ORDINARY, ((9, 12),)),
        (date(2026, 5, 17), DayKind.WEEKEND, ()),
        (date(2026, 6, 6), DayKind.ORDINARY, ((9, 12),)),
        (date(2027, 12, 6), DayKind.RED_DAY, ()),
        (date(2026, 12, 24), DayKind.EVE, ()),
        (date(2026, 12, 31), DayKind.ORDINARY, ((8, 16),)),
    ],
)
def test_saturdays_have_hours_of_their_own_and_finland_s_days_are_red(
    terms: Terms, day: date, kind: DayKind, hours: tuple[tuple[int, int], ...]
) -> None:
    found = terms["helsinki"][1].day(day)
    assert (found.kind, found.hours) == (kind, tuple(Hours(60 * a, 60 * b) for a, b in hours))


def test_a_critical_ticket_s_clocks_run_at_night_from_its_registration(desk: Story) -> None:
    desk.opened("2026-05-16 23:00", "P1")
    assert desk.of("response").due == there("2026-05-16 23:30")
    assert desk.of("customer_update").due == there("2026-05-17 00:00")
    desk.then("2026-05-16 23:10", word())
    assert desk.of("customer_update").due == there("2026-05-17 00:10")
    assert desk.status("response") == "met"


def test_at_night_a_critical_ticket_stands_still_while_the_customer_is_asked(desk: Story) -> None:
    desk.opened("2026-05-16 23:00", "P1").then("2026-05-17 00:00", ASKED)
    assert (desk.status("resolution"), desk.status("customer_update")) == ("paused", "met")
    desk.then("2026-05-17 02:00", ANSWERED)
    assert desk.of("resolution").due == there("2026-05-17 05:00")
    assert desk.of("customer_update").due == there("2026-05-17 03:00")


def test_a_ticket_found_to_be_critical_at_night_counts_from_its_registration_and_its_last_update(
    desk: Story,
) -> None:
    desk.opened("2026-05-16 23:00", "P3").then("2026-05-16 23:20", word())
    desk.then("2026-05-16 23:25", priority("P1", "P3"))
    assert desk.of("resolution").due == there("2026-05-17 03:00")
    assert desk.of("customer_update").due == there("2026-05-17 00:20")


def test_where_updates_count_from_received_nobody_is_kept_to_one_at_night(
    hubs: Story, at: Callable[[str], Micros]
) -> None:
    hubs.opened("2026-05-16 23:00", "P1").then("2026-05-16 23:10", word())
    assert hubs.of("customer_update").due == at("2026-05-18 08:00") + HOUR


def test_no_contract_of_a_fresh_installation_goes_by_it() -> None:
    assert "helsinki" not in (Path(__file__).parents[3] / "seeds" / "local" / "contracts.yaml").read_text()
