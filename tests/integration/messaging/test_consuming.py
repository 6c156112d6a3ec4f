"""What a consumer does with what should not happen: gaps, repeats, refusals, strange bytes, other owners."""

import asyncio

import pytest

from shared.errors import Transient
from shared.events.ids import new_id
from shared.messaging import offsets, repair
from shared.messaging.cursors import TopicReplaced
from shared.messaging.offsets import OffsetMoved, Step
from shared.messaging.publisher import Record

pytestmark = pytest.mark.integration


async def test_a_ticket_that_cannot_be_handled_waits_alone_and_goes_on_in_order_when_retried(
    world, ticket_on
):
    await world.relay()
    await world.consumer()
    bad, good = ticket_on(5), ticket_on(5)
    world.refuses.add(bad)
    for version in range(3):
        await world.append((bad, version), (good, version))
    await world.until_handled([(good, 3)])
    parked = await world.admin.fetch(
        "SELECT version, reason FROM escalation.parked WHERE subject = $1 ORDER BY version", bad
    )
    assert [tuple(row) for row in parked] == [(1, "failed"), (2, "behind"), (3, "behind")]

    world.refuses.clear()
    await world.admin.execute("UPDATE escalation.parked SET reason = 'retry' WHERE reason = 'failed'")
    await world.until_handled([(bad, 3)])

    assert [v for t, v in await world.handled() if t == bad] == [1, 2, 3]
    assert await world.admin.fetchval("SELECT count(*) FROM escalation.parked") == 0


async def test_a_gap_is_filled_from_the_owners_feed(world, ticket_on, monkeypatch):
    monkeypatch.setattr(repair, "PATIENCE", repair.timedelta(seconds=0.2))
    ticket = ticket_on(7)
    await world.consumer()
    for version in range(3):
        await world.append((ticket, version))
    records = await world.stored(ticket)

    await world.inject(7, [records[0], records[2]])

    await world.until_handled([(ticket, 3)])
    assert await world.handled() == [(ticket, 1), (ticket, 2), (ticket, 3)]
    assert await world.admin.fetchval("SELECT count(*) FROM escalation.parked") == 0


async def test_bytes_that_are_no_event_are_set_aside_and_the_partition_goes_on(world, ticket_on):
    ticket = ticket_on(2)
    await world.consumer()
    await world.append((ticket, 0))
    [record] = await world.stored(ticket)

    await world.inject(2, [Record(b"?", b"\x00\xff", [("ce_id", b"\xff")]), record])

    await world.until_handled([(ticket, 1)])
    kept = await world.admin.fetchrow("SELECT topic, partition, value FROM escalation.quarantine")
    assert tuple(kept) == ("ticket-events", 2, b"\x00\xff")


async def test_a_type_unknown_here_counts_but_is_not_handed_on(world, ticket_on):
    ticket = ticket_on(4)
    await world.consumer()
    for version in range(3):
        await world.append((ticket, version))
    records = await world.stored(ticket)
    strange = [(n, b"TicketBlessed.v9" if n == "ce_type" else v) for n, v in records[1].headers]

    await world.inject(4, [records[0], records[1]._replace(headers=strange), records[2]])

    await world.until_handled([(ticket, 3)])
    assert await world.handled() == [(ticket, 1), (ticket, 3)]


async def test_a_transient_error_is_waited_for_and_parks_nothing(world):
    await world.relay()
    attempts = []

    async def handle(batch):
        attempts.append(len(batch.events))
        if len(attempts) < 3:
            raise Transient("mail-server-away", "later")
        await world.handle(batch)

    await world.consumer(handle)
    ticket = new_id()
    await world.append((ticket, 0))
    await world.until_handled([(ticket, 1)])

    assert attempts == [1, 1, 1]
    assert await world.admin.fetchval("SELECT count(*) FROM escalation.parked") == 0


async def test_a_batch_that_takes_too_long_each_time_is_halved_until_it_does_not(world, ticket_on):
    sizes = []

    async def handle(batch):
        sizes.append(len(batch.events))
        if len(batch.events) > 1:
            raise Transient("database-unavailable", "later") from TimeoutError()
        await world.handle(batch)

    tickets = [ticket_on(6) for _ in range(4)]
    records = []
    for ticket in tickets:
        await world.append((ticket, 0))
        records += await world.stored(ticket)
    await world.inject(6, records)
    await world.consumer(handle)
    await world.inject(6, records)

    await world.until_handled([(ticket, 1) for ticket in tickets])
    assert max(sizes) == 4
    assert await world.admin.fetchval("SELECT count(*) FROM escalation.parked") == 0


async def test_an_offset_moves_only_from_where_it_was_expected(world):
    await offsets.note(world.escalation, "ticket-events", 0, None, 10)
    async with world.escalation.transaction() as tx:
        await offsets.advance(tx, Step("ticket-events", 0, 10, 12, None))
    with pytest.raises(OffsetMoved):
        async with world.escalation.transaction() as tx:
            await offsets.advance(tx, Step("ticket-events", 0, 10, 12, None))


async def test_two_instances_share_the_partitions_and_handle_each_event_once(world):
    await world.relay()
    first = await world.consumer()
    tickets = [new_id() for _ in range(40)]
    writing = asyncio.create_task(_write(world, tickets, 12))
    second = await world.consumer()
    await writing

    await world.until_handled([(ticket, 12) for ticket in tickets])

    async def all_held() -> bool:
        return len(first.held() | second.held()) == 12 and not first.held() & second.held()

    await world.until(all_held)
    handled = await world.handled()
    assert len(handled) == 40 * 12
    for ticket in tickets:
        assert [v for t, v in handled if t == ticket] == list(range(1, 13))
    assert first.held()
    assert second.held()


async def _write(world, tickets, versions):
    for version in range(versions):
        await world.append(*[(ticket, version) for ticket in tickets])
        await world.until_published()


async def test_a_consumer_that_finds_another_record_where_it_stopped_refuses_to_go_on(world, ticket_on):
    ticket = ticket_on(9)
    await world.append((ticket, 0), (other := ticket_on(9), 0))
    await world.inject(9, [*await world.stored(ticket), *await world.stored(other)])
    end = await world.end(9)
    for partition in range(12):
        await offsets.note(world.escalation, "ticket-events", partition, None, await world.end(partition))
    await world.admin.execute(
        "UPDATE escalation.consumer_offsets SET last_event_id = $1 WHERE partition = 9", new_id()
    )
    assert end >= 2

    with pytest.raises(ExceptionGroup) as stopped:
        async with asyncio.timeout(15):
            await world.new_consumer().run()
    assert stopped.value.subgroup(TopicReplaced)

    await world.admin.execute("UPDATE escalation.consumer_offsets SET next_offset = -1, last_event_id = NULL")
    await world.consumer()
    await world.until_handled([(ticket, 1), (other, 1)])
