"""On call (beredskap): whom a P1 outside support hours wakes, until when, and what counts as an answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.escalation_facts import AGENT, CLIENT, HUBS, TICKET, TIMECARE, begun, opened, recorded
from tests.escalation_rig import Service, blocked
from tests.escalation_story import assign

from escalation.adapters.listening import listen
from escalation.adapters.teams_file import parse
from escalation.domain.on_call import NOBODY, UNANSWERED
from escalation.firing import Firing
from escalation.timers import Timers
from escalation.work import Work
from shared.errors import Conflict, NotFound
from shared.events.envelope import Event, Recorded
from shared.events.escalation import OnCallAcknowledged, OnCallAlerted, ServiceManagerAlerted
from shared.events.ticket import (
    CommentAdded,
    ContractTerms,
    CustomerQuestioned,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    WorkStarted,
)
from shared.eventstore.database import Database, open_database
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration
TEAMS = parse(
    """
on_call: {ack_within: 10 minutes, attempts: 2, levels: 2}
teams:
  - id: specialists
    line: 2
    members:
      - {id: vera, name: Vera Exempel, email: vera@support.example, phone: "+46 8 000 00 22"}
      - {id: bo, name: Bo Exempel, email: bo@support.example}
      - {id: ida, name: Ida Exempel, email: ida@support.example}
    on_call:
      zone: Europe/Stockholm
      levels:
        - shifts:
            - {days: [sat], from: "08:00", to: "23:05", person: vera}
            - {days: [sat], from: "23:05", to: "08:00", person: bo}
        - shifts: [{days: [sat, sun], person: ida}]
"""
)
NIGHT = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
"""A Saturday, 23:00 in Stockholm."""
TEN = timedelta(minutes=10)


def p1(at: datetime = NIGHT, contract: ContractTerms = HUBS) -> Recorded:
    fact = opened(contract, "P1")
    return msgspec.structs.replace(fact, time=at)


def told(event: Event, at: datetime) -> Recorded:
    return recorded(event, at)


@pytest.fixture
def manned(database: Database) -> Service:
    return Service(database, TEAMS)


async def woken(service: Service) -> Service:
    """A P1 has come in on Saturday night."""
    await service.at(NIGHT)
    await service.hear(p1())
    await service.hear(begun(p1(), in_support_hours=False))
    return service


async def alerts(service: Service) -> list[tuple[datetime, Any, Any, str]]:
    """When, on which level, at which attempt, whom."""
    found: list[tuple[datetime, Any, Any, str]] = []
    for event in await service.said():
        match event.data:
            case OnCallAlerted() as alert:
                found.append((event.time, alert.level, alert.attempt, alert.person.split()[0]))
            case ServiceManagerAlerted(reason=reason) if reason != "priority":
                found.append((event.time, None, None, reason))
            case OnCallAcknowledged():
                found.append((event.time, None, None, "acknowledged"))
            case _:
                pass
    return found


async def alert_id(service: Service) -> str:
    return next(e.data.alert_id for e in await service.said() if isinstance(e.data, OnCallAlerted))


async def test_a_p1_on_a_saturday_night_that_nobody_answers(manned: Service) -> None:
    """Each alert, re-alert and hand-up at its instant, whoever is then on call."""
    await woken(manned)
    expected = [
        (NIGHT, 1, 1, "Vera"),
        (NIGHT + TEN, 1, 2, "Bo"),
        (NIGHT + 2 * TEN, 2, 1, "Ida"),
        (NIGHT + 3 * TEN, 2, 2, "Ida"),
        (NIGHT + 4 * TEN, None, None, UNANSWERED),
    ]
    assert await alerts(manned) == expected[:1]
    for number in range(1, 5):
        await manned.at(NIGHT + number * TEN - timedelta(seconds=5))
        assert not await manned.firing.fire()
        await manned.at(NIGHT + number * TEN)
        assert await manned.firing.fire()
        assert await alerts(manned) == expected[: number + 1]
    await manned.at(NIGHT + timedelta(days=1))
    assert not await manned.firing.fire()


async def test_an_alert_says_whom_to_reach_and_until_when(manned: Service) -> None:
    await woken(manned)

    (event,) = [event for event in await manned.said() if isinstance(event.data, OnCallAlerted)]
    assert isinstance(event.data, OnCallAlerted)
    assert (event.data.team, event.data.reason) == ("specialists", "P1")
    assert (event.data.email, event.data.phone) == ("vera@support.example", "+46 8 000 00 22")
    assert event.data.acknowledge_by == NIGHT + TEN


async def test_the_chain_of_alerts_is_one_conversation(manned: Service) -> None:
    await woken(manned)
    await manned.at(NIGHT + TEN)
    await manned.firing.fire()

    first, second = [event for event in await manned.said() if isinstance(event.data, OnCallAlerted)]
    assert second.causation_id == first.id
    assert second.correlation_id == first.correlation_id == p1().correlation_id


async def test_within_support_hours_nobody_is_woken(manned: Service) -> None:
    await manned.at(NIGHT)
    await manned.hear(p1())
    await manned.hear(begun(p1(), in_support_hours=True))

    assert await alerts(manned) == []


async def test_where_priority_is_a_wish_nobody_is_woken(manned: Service) -> None:
    await manned.at(NIGHT)
    await manned.hear(p1(contract=TIMECARE), begun(p1(contract=TIMECARE), in_support_hours=False))

    assert await alerts(manned) == []


async def test_the_clock_may_be_heard_of_before_the_ticket(manned: Service) -> None:
    await manned.at(NIGHT)
    await manned.hear(begun(p1(), in_support_hours=False), begun(p1(), in_support_hours=False))
    await manned.hear(p1())
    await manned.hear(begun(p1(), in_support_hours=False, kind="response"))

    assert await alerts(manned) == [(NIGHT, 1, 1, "Vera")]


async def test_a_ticket_raised_at_night_wakes_and_confirming_it_does_not(manned: Service) -> None:
    raised = told(TicketPrioritised(priority="P1", previous="P3", basis="worsened", by=AGENT), NIGHT)
    confirmed = told(
        TicketPrioritised(priority="P1", previous="P1", basis="correction", by=AGENT), NIGHT + TEN / 2
    )
    await manned.at(NIGHT)
    await manned.hear(msgspec.structs.replace(opened(HUBS, "P3"), time=NIGHT - timedelta(days=1)), raised)
    await manned.hear(begun(raised, in_support_hours=False), confirmed)
    await manned.hear(begun(confirmed, in_support_hours=False))

    assert await alerts(manned) == [(NIGHT, 1, 1, "Vera")]


async def test_a_p1_reopened_at_night_wakes_and_tells_the_service_manager_again(manned: Service) -> None:
    day = NIGHT - timedelta(hours=30)
    again = told(TicketReopened(previous="resolved", by=CLIENT), NIGHT)
    await manned.at(NIGHT)
    await manned.hear(p1(day), told(TicketResolved(by=AGENT), day + TEN), again)
    await manned.hear(begun(again, in_support_hours=False), again)

    assert await alerts(manned) == [(NIGHT, 1, 1, "Vera")]
    managers = [e.time for e in await manned.said() if isinstance(e.data, ServiceManagerAlerted)]
    assert managers == [day, NIGHT]
    assert (await manned.types()).count("TicketEscalated.v1") == 1


ANSWERS: list[Event] = [
    WorkStarted(by=AGENT),
    CommentAdded(comment_id="c", visibility="public", by=AGENT),
    CustomerQuestioned(comment_id="c", by=AGENT),
    TicketResolved(by=AGENT),
    TicketPrioritised(priority="P3", previous="P1", basis="correction", by=AGENT),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda event: type(event).__name__)
async def test_who_takes_the_matter_on_has_answered(manned: Service, answer: Event) -> None:
    await woken(manned)
    at = NIGHT + timedelta(minutes=3)
    await manned.hear(told(answer, at))
    await manned.at(NIGHT + 2 * TEN)

    assert not await manned.firing.fire()
    assert await alerts(manned) == [(NIGHT, 1, 1, "Vera"), (at, None, None, "acknowledged")]


@pytest.mark.parametrize(
    "word",
    [
        CommentAdded(comment_id="c", visibility="internal", by=AGENT),
        CommentAdded(comment_id="c", visibility="public", by=CLIENT),
        CommentAdded(comment_id="c", visibility="public", by=AGENT, automatic=True),
    ],
)
async def test_no_other_word_is_an_answer(manned: Service, word: Event) -> None:
    await woken(manned)
    await manned.hear(told(word, NIGHT + TEN / 2))
    await manned.at(NIGHT + TEN)

    assert await manned.firing.fire()


async def test_an_answer_that_is_heard_before_the_clock_spares_the_alert(manned: Service) -> None:
    await manned.at(NIGHT + TEN / 2)
    await manned.hear(p1(), told(WorkStarted(by=AGENT), NIGHT + TEN / 5))
    await manned.hear(begun(p1(), in_support_hours=False))

    assert await alerts(manned) == []


async def test_whoever_takes_the_ticket_has_answered_in_the_same_breath(manned: Service) -> None:
    await woken(manned)
    history = await manned.act(assign("vera"))

    assert [event.type for event in history[-2:]] == ["TicketAssigned.v1", "OnCallAcknowledged.v1"]
    await manned.at(NIGHT + TEN)
    assert not await manned.firing.fire()


async def test_acknowledging_stops_the_chain_and_again_changes_nothing(manned: Service) -> None:
    await woken(manned)
    first = await manned.acknowledge(await alert_id(manned))
    second = await manned.acknowledge(await alert_id(manned))

    assert isinstance(first[-1].data, OnCallAcknowledged)
    assert first[-1].data.by == AGENT
    assert second == first
    await manned.at(NIGHT + TEN)
    assert not await manned.firing.fire()


async def test_an_alert_can_be_acknowledged_after_the_service_manager_was_told(manned: Service) -> None:
    await woken(manned)
    for number in range(1, 5):
        await manned.at(NIGHT + number * TEN)
        await manned.firing.fire()
    await manned.acknowledge(await alert_id(manned))

    assert (await alerts(manned))[-1][3] == "acknowledged"


async def test_an_unknown_alert_is_not_found(manned: Service) -> None:
    with pytest.raises(NotFound):
        await manned.acknowledge(str(TICKET))


async def test_where_nobody_is_on_call_the_service_manager_is_told_at_once(service: Service) -> None:
    await woken(service)

    assert await alerts(service) == [(NIGHT, None, None, NOBODY)]


async def test_an_empty_level_of_the_rota_is_passed_over(manned: Service) -> None:
    at = NIGHT - timedelta(days=7, hours=17)  # 05:00, when only the second level has anybody
    await manned.at(at)
    await manned.hear(p1(at), begun(p1(at), in_support_hours=False))

    assert await alerts(manned) == [(at, 2, 1, "Ida")]


async def test_nobody_is_alerted_of_the_past_when_starting(manned: Service) -> None:
    await manned.at(NIGHT + timedelta(hours=1))
    await manned.hear(p1(), live=False)
    await manned.hear(begun(p1(), in_support_hours=False), live=False)
    await manned.hear(told(CommentAdded(comment_id="c", visibility="public", by=CLIENT), NIGHT + TEN))

    assert await alerts(manned) == []


async def test_after_an_outage_everyone_has_the_whole_time_to_answer(manned: Service) -> None:
    await woken(manned)
    back = NIGHT + timedelta(hours=3)
    await manned.at(back)

    assert await manned.firing.fire()
    assert not await manned.firing.fire()
    (again,) = [e for e in await manned.said() if isinstance(e.data, OnCallAlerted) and e.data.attempt == 2]
    assert isinstance(again.data, OnCallAlerted)
    assert back <= again.time < back + timedelta(seconds=5)
    assert again.data.acknowledge_by == again.time + TEN


async def test_an_alert_survives_states_that_are_rebuilt_and_is_not_sent_again(manned: Service) -> None:
    await woken(manned)
    await manned.forget_states()
    await manned.hear(p1(), live=False)
    await manned.hear(begun(p1(), in_support_hours=False), live=False)
    assert len(await alerts(manned)) == 1

    await manned.at(NIGHT + TEN)
    await manned.firing.fire()
    assert await alerts(manned) == [(NIGHT, 1, 1, "Vera"), (NIGHT + TEN, 1, 2, "Bo")]


async def test_instances_that_found_the_same_alert_due_fire_it_once(manned: Service) -> None:
    await woken(manned)
    await manned.at(NIGHT + TEN)
    others = [Firing(manned.database, manned.store, TEAMS) for _ in range(3)]
    async with manned.database.transaction() as tx:
        await Work(tx, manned.store).load([TICKET])
        firing = [asyncio.create_task(other.fire()) for other in others]
        await blocked(manned, len(others))
    fired = await asyncio.gather(*firing, return_exceptions=True)

    assert all(isinstance(one, bool | Conflict) for one in fired)
    assert await alerts(manned) == [(NIGHT, 1, 1, "Vera"), (NIGHT + TEN, 1, 2, "Bo")]


async def test_an_answer_and_a_timer_take_turns(manned: Service) -> None:
    """Whichever is first, the chain of events is whole, and ends with the answer."""
    await woken(manned)
    await manned.at(NIGHT + TEN)
    await asyncio.gather(manned.firing.fire(), manned.acknowledge(await alert_id(manned)))

    assert (await alerts(manned))[-1][3] == "acknowledged"
    await manned.at(NIGHT + 2 * TEN)
    assert not await manned.firing.fire()


async def test_a_started_loop_alerts_on_time_and_asks_nothing_meanwhile(
    fresh_database: Callable[[str], str],
) -> None:
    quick = msgspec.structs.replace(TEAMS, on_call=msgspec.structs.replace(TEAMS.on_call, ack_within=2))
    database = await open_database(fresh_database("escalation"), "escalation")
    service = Service(database, quick)
    timers = Timers(service.firing, service.woken)
    running = [asyncio.create_task(timers.run()), asyncio.create_task(listen(database, timers.look_again))]

    async def all_alerted() -> bool:
        return len(await alerts(service)) == 5

    try:
        await eventually(lambda: timers.asked > 0)
        await woken(service)
        await eventually(all_alerted, within=20)
    finally:
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task
    at = [when for when, *_ in await alerts(service)]
    assert at == [NIGHT + number * timedelta(seconds=2) for number in range(5)]
    late = [event.recorded_at - event.time for event in (await service.said())[-4:]]
    assert max(late) < timedelta(seconds=1)
    assert timers.asked < 20
    await database.close()
