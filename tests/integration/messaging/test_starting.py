"""A consumer starts from the owner's feed, and survives the loss of what it depends on."""

import asyncio

import pytest

from shared.events.ids import new_id
from shared.messaging.partitions import partition_of

pytestmark = pytest.mark.integration


async def test_a_new_consumer_folds_every_ticket_from_the_feed_and_tells_nobody(world):
    tickets = [new_id() for _ in range(30)]
    for version in range(3):
        await world.append(*[(ticket, version) for ticket in tickets])
    await world.relay()
    await world.until_published()

    consumer = await world.consumer()

    assert consumer.held() == frozenset(range(12))
    assert len(await world.handled(live=False)) == 90
    await world.append(*[(ticket, 3) for ticket in tickets])
    await world.until_handled([(ticket, 4) for ticket in tickets])
    assert sorted(await world.handled(live=True)) == sorted((ticket, 4) for ticket in tickets)


async def test_a_consumer_is_not_ready_until_the_feed_answers(world):
    ticket = new_id()
    await world.append((ticket, 0))
    world.feeds.away = True
    consumer = world.new_consumer()
    async with world.running(consumer):
        async with asyncio.timeout(20):
            await world.feeds.refused.wait()
        assert not consumer.ready.is_set()
        world.feeds.away = False
        async with asyncio.timeout(20):
            await consumer.ready.wait()
        assert await world.handled() == [(ticket, 1)]


async def test_a_restarted_consumer_goes_on_where_it_stopped_without_asking_the_feed_for_all(world):
    await world.relay()
    ticket = new_id()
    first = world.new_consumer(group="same")
    async with world.running(first):
        await first.ready.wait()
        await world.append((ticket, 0))
        await world.until_handled([(ticket, 1)])
    await world.append((ticket, 1), (other := new_id(), 0))
    await world.until_published()
    world.feeds.away = True

    await world.consumer(group="same")

    await world.until_handled([(ticket, 2), (other, 1)])
    assert len(await world.handled()) == 3


async def test_marks_are_stored_once_the_data_before_them_is_processed(world):
    await world.relay()
    consumer = await world.consumer()
    ticket = new_id()
    recorded = await world.append((ticket, 0))

    async def marked() -> bool:
        through = await consumer.caught_up_to("/intake", partition_of(ticket))
        return through is not None and through >= recorded

    await world.until(marked)
    assert (ticket, 1) in await world.handled()


async def test_a_kafka_that_dies_and_returns_costs_nothing_even_to_those_that_start_meanwhile(world, kafka):
    await world.relay()
    await world.consumer()
    tickets = [new_id() for _ in range(20)]
    await world.append(*[(ticket, 0) for ticket in tickets])
    await world.until_handled([(ticket, 1) for ticket in tickets])

    kafka.kill()
    await world.append(*[(ticket, 1) for ticket in tickets])
    late = world.new_consumer()
    await world.stack.enter_async_context(world.running(late))
    await asyncio.to_thread(kafka.start)
    await world.append(*[(ticket, 2) for ticket in tickets])

    await world.until_handled([(ticket, 3) for ticket in tickets], seconds=40)
    handled = await world.handled()
    assert len(handled) == 60
    for ticket in tickets:
        assert [v for t, v in handled if t == ticket] == [1, 2, 3]
    async with asyncio.timeout(20):
        await late.ready.wait()
