"""Teams, routes and rotas are data: what is wrong is refused with its place, and the night has no gap."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from escalation.adapters.teams_file import read_teams
from escalation.domain.rota import Level, Override, Rota, Shift
from escalation.domain.teams import UNNAMED

SEEDS = Path(__file__).parents[3] / "seeds/local"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
WEEK = frozenset({"mon", "tue", "wed", "thu", "fri"})


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


NIGHTS = Rota(
    zone="Europe/Stockholm",
    levels=(
        Level(
            shifts=(
                Shift(days=WEEK, person="bo", start=17 * 60, until=8 * 60),
                Shift(days=frozenset({"sat", "sun"}), person="vera"),
            ),
            overrides=(Override(date=date(2026, 12, 24), person="ida", start=17 * 60, until=8 * 60),),
        ),
    ),
)


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2026-03-27 16:59:59", None),
        ("2026-03-27 17:00", "bo"),
        ("2026-03-28 00:30", "vera"),  # on two shifts at once: the day's own goes first
        ("2026-03-28 08:00", "vera"),
        ("2026-03-29 23:59:59", "vera"),
        ("2026-03-30 00:00", None),
        ("2026-12-23 23:00", "bo"),
        ("2026-12-24 07:00", "bo"),
        ("2026-12-24 17:00", "ida"),
        ("2026-12-25 07:59", "ida"),
        ("2026-12-25 08:00", None),
    ],
)
def test_a_shift_runs_past_midnight_and_an_override_goes_before_it(at: str, person: str | None) -> None:
    assert NIGHTS.person_at(1, local(at)) == person


AT_THE_CHANGE = Rota(
    zone="Europe/Stockholm",
    levels=(
        Level(
            shifts=(
                Shift(days=frozenset({"sat"}), person="vera", start=20 * 60, until=2 * 60 + 30),
                Shift(days=frozenset({"sun"}), person="bo", start=2 * 60 + 30, until=8 * 60),
            ),
        ),
    ),
)
"""Bo takes over at 02:30, a time that one night lacks and another has twice."""


@pytest.mark.parametrize(
    ("at", "person"),
    [
        # 28 March 2027: 02:00 is 03:00. The skipped hand-over comes at the gap's end.
        ("2027-03-28T00:59:59Z", "vera"),  # 01:59:59
        ("2027-03-28T01:00:00Z", "bo"),  # 03:00
        ("2027-03-28T05:59:59Z", "bo"),  # 07:59:59
        ("2027-03-28T06:00:00Z", None),  # 08:00
        # 31 October 2027: 03:00 is 02:00 again. Who has handed over sleeps, also when it is 02:15 once more.
        ("2027-10-31T00:29:59Z", "vera"),  # 02:29:59, the first time
        ("2027-10-31T00:30:00Z", "bo"),  # 02:30
        ("2027-10-31T01:00:00Z", "bo"),  # 02:00, the second time
        ("2027-10-31T01:29:59Z", "bo"),  # 02:29:59
        ("2027-10-31T01:30:00Z", "bo"),  # 02:30
        ("2027-10-31T06:59:59Z", "bo"),  # 07:59:59
        ("2027-10-31T07:00:00Z", None),  # 08:00
    ],
)
def test_a_hand_over_comes_once_on_the_nights_when_the_clocks_change(at: str, person: str | None) -> None:
    assert AT_THE_CHANGE.person_at(1, datetime.fromisoformat(at)) == person


@pytest.mark.parametrize(
    ("at", "person"),
    [
        ("2027-03-28T00:59:59Z", None),
        ("2027-03-28T01:00:00Z", None),  # the whole shift lies in the hour that is skipped
        ("2027-10-31T00:00:00Z", "vera"),
        ("2027-10-31T01:00:00Z", "vera"),  # 02:00 again: it ends at 03:00, which comes once, after both
        ("2027-10-31T01:59:59Z", "vera"),
        ("2027-10-31T02:00:00Z", None),
    ],
)
def test_a_shift_within_the_changing_hour_leaves_no_gap(at: str, person: str | None) -> None:
    hour = Shift(days=frozenset({"sun"}), person="vera", start=2 * 60, until=3 * 60)
    rota = Rota(zone="Europe/Stockholm", levels=(Level(shifts=(hour,)),))

    assert rota.person_at(1, datetime.fromisoformat(at)) == person


def test_a_level_that_the_rota_lacks_has_nobody() -> None:
    assert NIGHTS.person_at(2, local("2026-03-28 12:00")) is None
    assert NIGHTS.person_at(0, local("2026-03-28 12:00")) is None


def test_in_the_seeds_somebody_is_on_call_at_every_hour_also_as_the_clocks_change() -> None:
    teams = read_teams(SEEDS)
    for team in teams.teams:
        if team.on_call is None:
            continue
        for level in range(1, teams.on_call.levels + 1):
            for hour in range(24 * 370):
                at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=hour)
                person = team.on_call.person_at(level, at)
                assert person is not None, (team.id, level, at)
                assert team.member(person) is not None


def test_everybody_in_the_seeds_is_invented() -> None:
    people = [person for team in read_teams(SEEDS).teams for person in team.members]

    assert people
    assert all(person.email is not None and person.email.endswith(".example") for person in people)


def test_without_a_file_each_line_has_a_team_and_nobody_is_on_call(tmp_path: Path) -> None:
    assert read_teams(tmp_path) == UNNAMED
    assert UNNAMED.team_of(2) == "line-2"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("teams: [{id: a, line: 0}]", "teams.a.line"),
        ("teams: [{id: a, line: 1}, {id: a, line: 2}]", "teams"),
        ("teams: [{id: a, line: 1, rota: {}}]", "rota"),
        ("routes: {hubs: {puzzle: 1}}", "routes"),
        ("on_call: {ack_within: soon, attempts: 1, levels: 1}", "on_call.ack_within"),
        ("on_call: {ack_within: 1 minute, attempts: 0, levels: 1}", "on_call"),
        (
            "teams: [{id: a, line: 1, on_call: {zone: Nowhere, levels: []}}]",
            "teams.a.on_call.zone",
        ),
        (
            "teams: [{id: a, line: 1, on_call: {zone: UTC, levels: [{shifts: [{days: [mon], person: x}]}]}}]",
            "teams.a.on_call",
        ),
        (
            "teams: [{id: a, line: 1, members: [{id: x, name: X, email: x@support.example}],"
            " on_call: {zone: UTC, levels: [{shifts: [{days: [mon], person: x, from: '25:00'}]}]}}]",
            "teams.a.on_call",
        ),
        (
            "teams: [{id: a, line: 1, members: [{id: x, name: X}],"
            " on_call: {zone: UTC, levels: [{shifts: [{days: [mon], person: x}]}]}}]",
            "teams.a.on_call: ['x'] can be reached neither by mail nor by telephone",
        ),
    ],
)
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "teams.yaml").write_text(text)

    with pytest.raises(ValueError, match=r"teams\.yaml") as refusal:
        read_teams(tmp_path)
    assert place in str(refusal.value)
