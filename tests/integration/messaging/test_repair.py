"""What the log did not bring is found and put right; operators have their way to what is stuck."""

import asyncio
from datetime import timedelta

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from typer.testing import CliRunner

from shared.events.ids import new_id
from shared.messaging import dlq, offsets, repair

pytestmark = pytest.mark.integration


async def test_a_lost_tail_that_leaves_no_gap_is_found_by_comparing_with_the_feed(world):
    ticket = new_id()
    consumer = await world.consumer()
    await world.append((ticket, 0))

    consumer._repair.compare_soon()

    await world.until_handled([(ticket, 1)])


async def test_where_the_log_has_lost_its_beginning_the_feed_fills_the_gap(world, ticket_on, monkeypatch):
    # The comparison with the feed would find them too: let it look at nothing.
    monkeypatch.setattr(repair, "FIRST_LOOK", -timedelta(days=1))
    monkeypatch.setattr(repair, "OVERLAP", timedelta(0))
    old, new = ticket_on(6), ticket_on(6)
    await world.append((old, 0), (new, 0))
    await world.inject(6, await world.stored(old))
    for partition in range(12):
        stored = await world.end(partition) - (1 if partition == 6 else 0)
        await offsets.note(world.escalation, "ticket-events", partition, None, stored)
    await world.inject(6, await world.stored(new))
    admin = AIOKafkaAdminClient(bootstrap_servers=world.bootstrap)
    await admin.start()
    at = TopicPartition("ticket-events", 6)
    await admin.delete_records({at: RecordsToDelete(before_offset=await world.end(6))})
    await admin.close()

    await world.consumer()

    await world.until_handled([(old, 1), (new, 1)])
    assert len(await world.handled()) == 2


async def test_an_operator_sees_what_is_stuck_and_puts_it_back(world, fresh_database):
    await world.relay()
    await world.consumer()
    ticket = new_id()
    world.refuses.add(ticket)
    await world.append((ticket, 0))
    await world.append((ticket, 1))

    async def stuck() -> bool:
        return await world.admin.fetchval("SELECT count(*) FROM escalation.parked") == 2

    await world.until(stuck)
    url = ["--database-url", fresh_database("escalation")]

    def run(*words: str) -> str:
        found = CliRunner(env={"COLUMNS": "200"}).invoke(dlq.app, [*words, *url])
        assert found.exit_code == 0, found.output
        return found.output

    assert str(ticket) in await asyncio.to_thread(run, "list", "escalation")
    shown = await asyncio.to_thread(run, "show", "escalation", str(ticket))
    assert "failed" in shown
    assert "behind" in shown
    world.refuses.clear()
    assert "tried again" in await asyncio.to_thread(run, "retry", "escalation", str(ticket))
    await world.until_handled([(ticket, 1), (ticket, 2)])
    assert "12 partitions" in await asyncio.to_thread(run, "accept-topic", "escalation", "ticket-events")
