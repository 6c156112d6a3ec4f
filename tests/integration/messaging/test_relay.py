"""Nothing that was committed is lost or reordered on its way to Kafka, and marks never say too much."""

import asyncio
from datetime import datetime
from uuid import UUID

import pytest

from shared.events.ids import new_id
from shared.messaging import marks, relay
from shared.messaging.lease import ASK_REPUBLISH, Lease, LeaseLost
from shared.messaging.outbox import Outbox
from shared.messaging.partitions import PARTITIONS, partition_of
from shared.messaging.topics import PROGRESS

pytestmark = pytest.mark.integration


def _header(record, name):
    return dict(record.headers)[name].decode()


async def _everything(world, starts):
    return {p: await world.log(p, start=starts[p]) for p in range(PARTITIONS)}


async def _ends(world, topic="ticket-events"):
    return {p: await world.end(p, topic) for p in range(PARTITIONS)}


async def test_no_event_up_to_a_marks_instant_stands_behind_the_mark(world, monkeypatch):
    monkeypatch.setattr(relay, "MARK_EVERY", 0.03)
    before, marks_before = await _ends(world), await _ends(world, PROGRESS)
    await world.relay()

    async def writer(rounds: int) -> list[UUID]:
        mine = []
        for _ in range(rounds):
            ticket = new_id()
            async with asyncio.timeout(30):
                await world.append((ticket, 0))
            mine.append(ticket)
        return mine

    written = [t for mine in await asyncio.gather(*(writer(60) for _ in range(16))) for t in mine]
    await world.until_published()

    records = await _everything(world, before)
    assert sorted(UUID(_header(r, "ce_subject")) for found in records.values() for r in found) == sorted(
        written
    )
    told = 0
    for p in range(PARTITIONS):
        for record in await world.log(p, PROGRESS, marks_before[p]):
            mark = marks.decode(record.value)
            if mark.source != "/intake":
                continue
            told += 1
            late = [
                r
                for r in records[p]
                if r.offset >= mark.next_offset
                and datetime.fromisoformat(_header(r, "ce_recordedtime")) <= mark.through
            ]
            assert late == []
    assert told > 5 * PARTITIONS


async def test_a_killed_relay_is_followed_by_one_that_publishes_the_rest_in_order(world):
    before = await _ends(world)
    tickets = [new_id() for _ in range(40)]
    for round_ in range(6):
        first = world.running(relay.Relay(world.intake, "/intake", world.bootstrap, lease_seconds=0.5))
        async with first:
            await world.append(*[(ticket, round_) for ticket in tickets])
    await world.relay(lease_seconds=0.5)
    await world.until_published()

    records = await _everything(world, before)
    for found in records.values():
        seen: dict[str, int] = {}
        for record in found:
            subject, version = _header(record, "ce_subject"), int(_header(record, "ce_streamversion"))
            assert version <= seen.get(subject, 0) + 1, "a first occurrence out of order"
            seen[subject] = max(version, seen.get(subject, 0))
        assert set(seen.values()) <= {6}
    assert sum(len(found) for found in records.values()) >= 240


async def test_a_relay_that_lost_its_lease_deletes_nothing(world):
    asleep, awake = Lease(world.intake, 0.2), Lease(world.intake, 0.2)
    assert await asleep.acquire()
    await world.append((new_id(), 0))
    row = (await Outbox(world.intake, asleep).read([], 10)).rows[0]

    async def taken_over() -> bool:
        return await awake.acquire()

    await world.until(taken_over)

    with pytest.raises(LeaseLost):
        await Outbox(world.intake, asleep).forget([row.position])
    with pytest.raises(LeaseLost):
        await asleep.renew()
    assert not asleep.holds
    assert (await Outbox(world.intake, awake).read([], 10)).rows == [row]


async def test_a_relay_takes_its_own_lease_up_again_at_once(world):
    lease = Lease(world.intake, 30)
    assert await lease.acquire()
    first = lease.epoch
    assert await lease.acquire(), "after a hiccup nobody need wait for what is ours to expire"
    assert lease.epoch == first + 1


async def test_a_relay_that_leads_again_asks_anew_where_the_partitions_end(world):
    relay_ = relay.Relay(world.intake, "/intake", world.bootstrap, lease_seconds=0.5)
    ticket = new_id()
    partition = partition_of(ticket)
    async with world.running(relay_):
        await world.append((ticket, 0))
        relay_.wake()
        await world.until_published()
        known = await relay_._publisher.next_offset("ticket-events", partition)
        await world.inject(partition, await world.stored(ticket))
        # As when the lease was lost and is taken again: the process and its producer are the same.
        async with world.intake.working() as connection:
            await connection.execute("UPDATE relay_lease SET epoch = epoch + 1")

        async def asked_anew() -> bool:
            return relay_.leading and await relay_._publisher.next_offset("ticket-events", partition) > known

        await world.until(asked_anew)


async def test_what_an_awakened_relay_sends_again_is_handled_once(world, ticket_on):
    await world.relay()
    await world.consumer()
    ticket = ticket_on(3)
    for version in range(4):
        await world.append((ticket, version))
    await world.until_handled([(ticket, 4)])

    records = await world.stored(ticket)
    await world.inject(3, records[1:3])
    await world.inject(3, records[:1])
    await world.append((ticket, 4))
    await world.until_handled([(ticket, 5)])

    assert await world.handled() == [(ticket, version) for version in range(1, 6)]


async def test_a_republish_brings_the_whole_history_again_before_anything_newer(world):
    relay_ = await world.relay()
    tickets = [new_id() for _ in range(20)]
    for version in range(3):
        await world.append(*[(ticket, version) for ticket in tickets])
    await world.until_published()
    before = await _ends(world)

    async with world.intake.working() as connection:
        await connection.execute(ASK_REPUBLISH)

    async def published_again() -> bool:
        return relay_.republished == 60

    await world.until(published_again)
    await world.append(*[(ticket, 3) for ticket in tickets])
    await world.until_published()

    for found in (await _everything(world, before)).values():
        for subject in {_header(r, "ce_subject") for r in found}:
            versions = [
                int(_header(r, "ce_streamversion")) for r in found if _header(r, "ce_subject") == subject
            ]
            assert versions == [1, 2, 3, 4]


async def test_a_republish_asked_for_while_nobody_relays_is_done_once_by_the_next_that_does(world):
    first = relay.Relay(world.intake, "/intake", world.bootstrap, lease_seconds=0.5)
    ticket = new_id()
    async with world.running(first):
        await world.append((ticket, 0), by=None)
        first.wake()
        await world.until_published()
    async with world.intake.working() as connection:
        await connection.execute(ASK_REPUBLISH)

    relay_ = await world.relay(lease_seconds=0.5)

    async def published_again() -> bool:
        return relay_.republished > 0

    await world.until(published_again)
    partition = partition_of(ticket)
    marks_before = await world.end(partition, PROGRESS)

    async def renewed_since() -> bool:
        return await world.end(partition, PROGRESS) > marks_before + 1

    await world.until(renewed_since)
    assert relay_.republished == 1
    assert len([r for r in await world.log(partition) if r.key == str(ticket).encode()]) == 2
