"""What is committed is handled: each ticket's events exactly once and in order."""

import pytest

from shared.events.ids import new_id

pytestmark = pytest.mark.integration


async def test_committed_events_are_handled_in_order_per_ticket(world):
    await world.relay()
    await world.consumer()
    tickets = [new_id() for _ in range(30)]
    for version in range(5):
        await world.append(*[(ticket, version) for ticket in tickets])
    expected = [(ticket, version) for ticket in tickets for version in range(1, 6)]

    await world.until_handled(expected)

    handled = await world.handled()
    assert len(handled) == len(expected)
    for ticket in tickets:
        assert [v for t, v in handled if t == ticket] == [1, 2, 3, 4, 5]
