"""A rota with nobody on it, or nobody who can be reached: the alert goes on at once, not into silence."""

from datetime import timedelta

import msgspec
import pytest
from tests.escalation_facts import begun
from tests.escalation_rig import Service
from tests.test_on_call import NIGHT, TEAMS, TEN, alerts, p1

from escalation.adapters.teams_file import parse
from escalation.domain.on_call import NOBODY, UNANSWERED
from escalation.domain.teams import Teams
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration
GAPS = parse(
    """
on_call: {ack_within: 10 minutes, attempts: 2, levels: 3}
teams:
  - id: specialists
    line: 2
    members:
      - {id: vera, name: Vera Exempel, email: vera@support.example}
      - {id: ida, name: Ida Exempel, phone: "+46 8 000 00 23"}
    on_call:
      zone: Europe/Stockholm
      levels:
        - shifts: [{days: [sat], from: "08:00", to: "23:05", person: vera}]
        - shifts: [{days: [sun], from: "00:00", to: "12:00", person: vera}]
        - shifts: [{days: [sat], from: "23:00", to: "23:15", person: ida}]
"""
)


async def woken(database: Database, teams: Teams, at: timedelta = timedelta(0)) -> Service:
    service, opened = Service(database, teams), p1(NIGHT + at)
    await service.at(NIGHT + at)
    await service.hear(opened, begun(opened, in_support_hours=False))
    return service


async def test_a_shift_that_ends_between_two_alerts_hands_the_second_up_at_once(database: Database) -> None:
    """At 23:10 level 1 has nobody any more, and level 2 nobody yet: Ida of level 3 is told, at once."""
    service = await woken(database, GAPS)
    await service.at(NIGHT + TEN)
    assert await service.firing.fire()

    assert await alerts(service) == [(NIGHT, 1, 1, "Vera"), (NIGHT + TEN, 3, 1, "Ida")]


async def test_when_no_level_has_anybody_any_more_the_service_manager_is_told_at_once(
    database: Database,
) -> None:
    service = await woken(database, GAPS)
    for number in (1, 2):
        await service.at(NIGHT + number * TEN)
        assert await service.firing.fire()

    assert (await alerts(service))[-1] == (NIGHT + 2 * TEN, None, None, UNANSWERED)
    assert not await service.firing.fire()


async def test_at_an_hour_that_nobody_has_the_service_manager_is_told_in_the_same_breath(
    database: Database,
) -> None:
    at = timedelta(minutes=20)
    service = await woken(database, GAPS, at)

    assert await alerts(service) == [(NIGHT + at, None, None, NOBODY)]


async def test_who_can_be_reached_by_no_means_is_passed_over(database: Database) -> None:
    """A file that names such a person is refused; wherever else one comes from, the next level is told."""
    team = TEAMS.teams[0]
    mute = tuple(
        msgspec.structs.replace(member, email=None, phone=None) if member.id == "vera" else member
        for member in team.members
    )
    teams = msgspec.structs.replace(TEAMS, teams=(msgspec.structs.replace(team, members=mute),))
    service = await woken(database, teams)

    assert await alerts(service) == [(NIGHT, 2, 1, "Ida")]


async def test_who_has_a_telephone_only_is_alerted_with_its_number(database: Database) -> None:
    """The notifier has no mail to send and says that it failed; whoever subscribes to the alerts can ring."""
    service = await woken(database, GAPS)
    await service.at(NIGHT + TEN)
    await service.firing.fire()
    alert = (await service.said())[-1].data

    assert (alert.email, alert.phone) == (None, "+46 8 000 00 23")  # type: ignore[union-attr]
