"""Batches on a real database: the events that follow, told once, whatever comes twice or first."""

import pytest
from tests.escalation_facts import HUBS, breached, opened, prioritised, resolved
from tests.escalation_rig import Service

from shared.events.envelope import Recorded

pytestmark = pytest.mark.integration
STARTED = ["TicketRouted.v1", "TicketEscalated.v1", "ServiceManagerAlerted.v1"]


async def test_a_batch_decides_all_its_facts_and_wakes_the_relay_once(service: Service) -> None:
    await service.hear(opened(HUBS, "P3"), prioritised("P1", 5), breached("response", 9))

    said = await service.said()
    assert [event.type for event in said] == [*STARTED, "ServiceManagerAlerted.v1"]
    assert [event.version for event in said] == [1, 2, 3, 4]
    assert said[1].causation_id == prioritised("P1", 5).id
    assert said[1].time == prioritised("P1", 5).time
    assert service.wakes == 1


async def test_a_state_is_carried_from_batch_to_batch(service: Service) -> None:
    await service.hear(breached("resolution", 9))
    assert await service.types() == []
    await service.hear(opened(HUBS, "P2"))

    assert await service.types() == STARTED


async def test_hearing_everything_again_says_nothing_again(service: Service) -> None:
    facts = [opened(HUBS, "P1"), breached("resolution", 9), resolved(20)]
    await service.hear(*facts)
    before = await service.types()
    await service.hear(*facts)

    assert await service.types() == before


@pytest.mark.parametrize(
    "facts",
    [
        [opened(HUBS, "P1"), breached("resolution", 9)],
        [opened(HUBS, "P3"), breached("resolution", 9), resolved(9)],
        [opened(HUBS, "P3"), breached("resolution", 9), breached("line_limit", 10), resolved(8)],
    ],
)
async def test_states_rebuilt_from_the_feeds_say_nothing_again(
    service: Service, facts: list[Recorded]
) -> None:
    await service.hear(*facts)
    before = await service.types()
    await service.forget_states()
    await service.hear(*sorted(facts, key=lambda fact: fact.source), live=False)
    await service.hear(prioritised("P4", 30))

    assert await service.types() == before


async def test_nobody_is_alerted_of_the_past_when_starting(service: Service) -> None:
    await service.hear(opened(HUBS, "P1"), live=False)
    await service.hear(prioritised("P1", 5))

    assert await service.types() == STARTED[:2]


async def test_another_customer_does_not_see_the_routing(service: Service) -> None:
    await service.hear(opened(HUBS, "P1"))

    assert await service.said(tenant="region") == []
    assert len(await service.said(tenant="acme")) == 3
