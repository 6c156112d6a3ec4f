"""What begins a chain of alerts at night besides a priority, and everything that ends one."""

from datetime import timedelta

import msgspec
import pytest
from tests.escalation_facts import AGENT, CLIENT, HUBS, THREE_LINES, TIMECARE, begun, opened
from tests.escalation_rig import Service
from tests.escalation_story import BACK, UP, assign
from tests.test_on_call import NIGHT, TEAMS, TEN, alert_id, alerts, p1, told, woken

from escalation.domain.hands import Command
from shared.events.envelope import Event, Recorded
from shared.events.ticket import (
    ContractChanged,
    ContractTerms,
    TicketClosed,
    TicketMerged,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
)
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration
THREE = timedelta(minutes=3)
DAY_BEFORE = NIGHT - timedelta(hours=30)
VERA = (NIGHT, 1, 1, "Vera")
P2_TOO = msgspec.structs.replace(HUBS, escalate_at_once=("P1", "P2"))


@pytest.fixture
def manned(database: Database) -> Service:
    return Service(database, TEAMS)


def moved_to(contract: ContractTerms, at: object = NIGHT) -> Recorded:
    return told(ContractChanged(contract=contract, previous="before", by=AGENT), at)  # type: ignore[arg-type]


def lowered(by: object = AGENT) -> Event:
    return TicketPrioritised(priority="P3", previous="P1", basis="correction", by=by)  # type: ignore[arg-type]


async def test_another_contract_that_makes_it_urgent_at_night_wakes(manned: Service) -> None:
    change = moved_to(HUBS)
    await manned.at(NIGHT)
    await manned.hear(p1(DAY_BEFORE, TIMECARE), begun(p1(DAY_BEFORE, TIMECARE), in_support_hours=True))
    assert await alerts(manned) == []
    await manned.hear(change, begun(change, in_support_hours=False))

    assert await alerts(manned) == [VERA]
    await manned.at(NIGHT + TEN)
    assert await manned.firing.fire()


async def test_another_contract_by_day_wakes_nobody_although_the_ticket_came_at_night(
    manned: Service,
) -> None:
    night_before, change = p1(NIGHT - timedelta(days=1), TIMECARE), moved_to(HUBS)
    await manned.at(NIGHT)
    await manned.hear(night_before, begun(night_before, in_support_hours=False))
    await manned.hear(change, begun(change, in_support_hours=True))

    assert await alerts(manned) == []


async def test_another_contract_as_urgent_lets_the_chain_go_on_and_begins_none(manned: Service) -> None:
    await woken(manned)
    change = moved_to(THREE_LINES, NIGHT + THREE)
    await manned.hear(change, begun(change, in_support_hours=False))
    await manned.at(NIGHT + TEN)
    assert await manned.firing.fire()

    assert await alerts(manned) == [VERA, (NIGHT + TEN, 1, 2, "Bo")]


async def test_an_urgent_ticket_that_becomes_more_urgent_wakes_anew_and_only_once(manned: Service) -> None:
    p2 = msgspec.structs.replace(opened(P2_TOO, "P2"), time=NIGHT)
    raised = told(TicketPrioritised(priority="P1", previous="P2", basis="worsened", by=AGENT), NIGHT + THREE)
    await manned.at(NIGHT + THREE)
    await manned.hear(p2, begun(p2, in_support_hours=False))
    await manned.hear(raised, begun(raised, in_support_hours=False))
    await manned.at(NIGHT + TEN)
    assert await manned.firing.fire()

    assert await alerts(manned) == [VERA, (NIGHT + THREE, 1, 1, "Vera")]
    await manned.at(NIGHT + THREE + TEN)
    assert await manned.firing.fire()
    assert (await alerts(manned))[2:] == [(NIGHT + THREE + TEN, 1, 2, "Bo")]


ENDS: dict[str, list[Event]] = {
    "lowered by support": [lowered()],
    "resolved": [TicketResolved(by=AGENT)],
    "closed": [TicketClosed(by=AGENT, resolved=False)],
    "merged into another": [TicketClosed(by=AGENT, resolved=False, merged_into="01900000")],
    "under a contract that wakes nobody": [
        ContractChanged(contract=TIMECARE, previous="hubs", by=AGENT),
    ],
}


@pytest.mark.parametrize("events", ENDS.values(), ids=ENDS)
async def test_what_support_does_to_end_the_urgency_ends_the_chain(
    manned: Service, events: list[Event]
) -> None:
    await woken(manned)
    await manned.hear(*(told(event, NIGHT + THREE) for event in events))
    for number in range(1, 5):
        await manned.at(NIGHT + number * TEN)
        assert not await manned.firing.fire()

    assert await alerts(manned) == [VERA, (NIGHT + THREE, None, None, "acknowledged")]


async def test_urgency_that_ends_by_no_deed_of_supports_ends_the_chain_unanswered(manned: Service) -> None:
    await woken(manned)
    await manned.hear(told(lowered(CLIENT), NIGHT + THREE))
    await manned.at(NIGHT + TEN)
    await manned.firing.fire()

    assert await alerts(manned) == [VERA]
    assert not await manned.firing.fire()


async def test_urgency_regained_begins_a_chain_of_its_own_beside_no_other(manned: Service) -> None:
    again = told(
        TicketPrioritised(priority="P1", previous="P3", basis="worsened", by=AGENT), NIGHT + 2 * THREE
    )
    await woken(manned)
    await manned.hear(told(lowered(), NIGHT + THREE))
    await manned.at(NIGHT + 2 * THREE)
    await manned.hear(again, begun(again, in_support_hours=False))
    await manned.at(NIGHT + 2 * TEN)
    while await manned.firing.fire():
        pass

    assert await alerts(manned) == [
        VERA,
        (NIGHT + THREE, None, None, "acknowledged"),
        (NIGHT + 2 * THREE, 1, 1, "Bo"),
        (NIGHT + 2 * THREE + TEN, 1, 2, "Bo"),
    ]


async def test_what_is_merged_into_an_urgent_ticket_ends_nothing(manned: Service) -> None:
    merged = TicketMerged(source="s", source_number="1", target="t", target_number="2", by=AGENT)
    await woken(manned)
    await manned.hear(told(merged, NIGHT + THREE))
    await manned.at(NIGHT + TEN)

    assert await manned.firing.fire()


async def test_a_ticket_resolved_and_reopened_has_one_chain(manned: Service) -> None:
    again = told(TicketReopened(previous="resolved", by=CLIENT), NIGHT + 2 * THREE)
    await woken(manned)
    await manned.hear(told(TicketResolved(by=AGENT), NIGHT + THREE))
    await manned.at(NIGHT + 2 * THREE)
    await manned.hear(again, begun(again, in_support_hours=False))
    await manned.at(NIGHT + TEN)
    assert not await manned.firing.fire()
    await manned.at(NIGHT + 2 * THREE + TEN)
    assert await manned.firing.fire()

    assert [who for *_, who in await alerts(manned)] == ["Vera", "acknowledged", "Bo", "Bo"]


@pytest.mark.parametrize("move", [BACK, assign("bo")], ids=["returned", "given to somebody"])
async def test_who_lays_the_ticket_before_others_has_answered(manned: Service, move: Command) -> None:
    await woken(manned)
    await manned.act(move)
    await manned.at(NIGHT + TEN)

    assert not await manned.firing.fire()
    assert (await alerts(manned))[-1][3] == "acknowledged"


@pytest.mark.parametrize("move", [UP, assign(None, 1)], ids=["handed up", "given to nobody"])
async def test_who_passes_it_on_to_nobody_has_not(manned: Service, move: Command) -> None:
    await manned.at(NIGHT)
    await manned.hear(p1(contract=THREE_LINES), begun(p1(contract=THREE_LINES), in_support_hours=False))
    await manned.act(move)
    await manned.at(NIGHT + TEN)

    assert await manned.firing.fire()
    assert (await alerts(manned))[-1] == (NIGHT + TEN, 1, 2, "Bo")


async def test_an_answer_ends_a_chain_that_another_contract_began(manned: Service) -> None:
    change = moved_to(HUBS)
    await manned.at(NIGHT)
    await manned.hear(p1(DAY_BEFORE, TIMECARE), change, begun(change, in_support_hours=False))
    await manned.act(assign("vera"))
    await manned.acknowledge(await alert_id(manned))
    await manned.at(NIGHT + TEN)

    assert not await manned.firing.fire()
    assert [who for *_, who in await alerts(manned)] == ["Vera", "acknowledged"]
