"""A producing service (intake) and a consuming one (escalation) on real PostgreSQL and Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.errors import Transient
from shared.events import wire
from shared.events.envelope import Event
from shared.events.ids import new_id
from shared.events.people import Actor
from shared.events.ticket import WorkStarted
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import Append, FeedQuery, NewEvent
from shared.messaging.batch import Batch, BatchHandler
from shared.messaging.consumer import Consumer
from shared.messaging.feed_format import FeedPage, from_json, to_json
from shared.messaging.partitions import partition_of
from shared.messaging.publisher import Publisher, Record
from shared.messaging.relay import Relay
from shared.messaging.topics import create_topics
from stack.kafka import KafkaServer

AGENT = Actor(id="agent-1", party="support", role="agent")
SOURCE = "/intake"
TOPIC = "ticket-events"
Handled = tuple[UUID, int]


class StoreFeeds:
    """The owner's feed without HTTP between; `away` makes it unreachable."""

    def __init__(self, store: PostgresEventStore) -> None:
        self._store = store
        self.away = False
        self.refused = asyncio.Event()

    async def page(
        self,
        source: str,
        *,
        cursor: str | None = None,
        subject: UUID | None = None,
        changed_since: datetime | None = None,
    ) -> FeedPage:
        if self.away:
            self.refused.set()
            raise Transient("feed-unavailable", "The feed is away.")
        after = None
        if cursor is not None:
            stream, version = cursor.split(":")
            after = (UUID(stream), int(version))
        page = await self._store.feed(FeedQuery(after, subject, changed_since, 500))
        items = [from_json(orjson.dumps(to_json(event))) for event in page.events]
        return FeedPage(items, f"{page.last[0]}:{page.last[1]}" if page.last else None)


@dataclass
class World:
    """What a test needs to write tickets, relay them, and watch them being handled."""

    bootstrap: str
    admin: "asyncpg.Connection[asyncpg.Record]"
    intake: Database
    escalation: Database
    store: PostgresEventStore
    feeds: StoreFeeds
    stack: AsyncExitStack
    refuses: set[UUID] = field(default_factory=set)
    relays: list[Relay] = field(default_factory=list)
    consumers: list[Consumer] = field(default_factory=list)

    async def append(self, *streams: tuple[UUID, int], by: Event | None = None) -> datetime:
        """One more event on each stream, whose version is given; returns the instant of recording."""
        event = by or WorkStarted(by=AGENT)
        async with self.intake.transaction() as tx:
            stored = await self.store.append(
                tx,
                [
                    Append(stream, "acme", version, [NewEvent(new_id(), tx.now, event)], new_id())
                    for stream, version in streams
                ],
            )
        for relay in self.relays:
            relay.wake()
        return stored[0].recorded_at

    async def handle(self, batch: Batch) -> None:
        """Note what was handled, in the batch's transaction; refuses what the test says."""
        for event in batch.events:
            if event.subject in self.refuses:
                raise ValueError("this ticket cannot be handled")
        await batch.tx.connection.executemany(
            "INSERT INTO handled (source, subject, version, event_id, live) VALUES ($1, $2, $3, $4, $5)",
            [(e.source, e.subject, e.version, e.id, batch.live) for e in batch.events],
        )

    async def handled(self, live: bool | None = None) -> list[Handled]:
        rows = await self.admin.fetch(
            "SELECT subject, version FROM escalation.handled WHERE $1::bool IS NULL OR live = $1 ORDER BY n",
            live,
        )
        return [(row["subject"], row["version"]) for row in rows]

    @asynccontextmanager
    async def running(self, thing: Relay | Consumer) -> AsyncIterator[None]:
        task = asyncio.create_task(thing.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    async def relay(self, **options: Any) -> Relay:
        """A relay that runs until the test ends."""
        relay = Relay(self.intake, SOURCE, self.bootstrap, **options)
        self.relays.append(relay)
        await self.stack.enter_async_context(self.running(relay))
        return relay

    async def consumer(self, handle: BatchHandler | None = None, group: str | None = None) -> Consumer:
        """A started consumer that runs until the test ends."""
        consumer = self.new_consumer(handle, group)
        await self.stack.enter_async_context(self.running(consumer))
        async with asyncio.timeout(20):
            await consumer.ready.wait()
        return consumer

    def new_consumer(self, handle: BatchHandler | None = None, group: str | None = None) -> Consumer:
        consumer = Consumer(
            self.escalation,
            group or f"escalation-{id(self)}",
            [SOURCE],
            handle or self.handle,
            self.feeds,
            self.bootstrap,
        )
        self.consumers.append(consumer)
        return consumer

    async def until(self, holds: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
        """Wait for committed progress."""
        deadline = time.monotonic() + seconds
        while not await holds():
            assert time.monotonic() < deadline, "it never came true"
            await asyncio.sleep(0.01)

    async def until_handled(self, expected: Sequence[Handled], seconds: float = 15) -> None:
        async def all_there() -> bool:
            return set(expected) <= set(await self.handled())

        await self.until(all_there, seconds)

    async def stored(self, ticket: UUID) -> list[Record]:
        """The Kafka records of a ticket, as the relay would make them."""
        events = await self.store.read(ticket, "*")
        found = [from_json(orjson.dumps(to_json(event))) for event in events]
        return [Record(*wire.outgoing(e.attributes, e.value)[1:]) for e in found]

    async def inject(self, partition: int, records: Sequence[Record], topic: str = TOPIC) -> None:
        """Put records onto a partition past the relay."""
        publisher = Publisher(self.bootstrap)
        try:
            await publisher.send(topic, partition, records)
        finally:
            await publisher.close()

    async def log(self, partition: int, topic: str = TOPIC, start: int = 0) -> list[Any]:
        """The records on a partition from offset `start` to its end."""
        reader = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        at = TopicPartition(topic, partition)
        await reader.start()
        try:
            reader.assign([at])
            end = (await reader.end_offsets([at]))[at]
            reader.seek(at, start)
            found: list[Any] = []
            while start + len(found) < end:
                found += (await reader.getmany(at, timeout_ms=1000)).get(at, [])
            return found
        finally:
            await reader.stop()

    async def end(self, partition: int, topic: str = TOPIC) -> int:
        publisher = Publisher(self.bootstrap)
        try:
            return await publisher.next_offset(topic, partition)
        finally:
            await publisher.close()

    async def until_published(self) -> None:
        async def empty() -> bool:
            return not await self.admin.fetchval("SELECT count(*) FROM intake.outbox")

        await self.until(empty)


@pytest.fixture(scope="session")
async def kafka(kafka_server: KafkaServer) -> KafkaServer:
    await create_topics(kafka_server.bootstrap)
    return kafka_server


@pytest.fixture
async def world(fresh_database: Callable[[str], str], kafka: KafkaServer) -> AsyncIterator[World]:
    async with AsyncExitStack() as databases:
        admin = await asyncpg.connect(fresh_database("admin"))
        databases.push_async_callback(admin.close)
        await admin.execute(
            "CREATE TABLE escalation.handled (n bigserial, source text, subject uuid, version int,"
            " event_id uuid, live bool);"
            "GRANT ALL ON escalation.handled, escalation.handled_n_seq TO escalation_worker"
        )
        intake = await open_database(fresh_database("intake"), "intake")
        databases.push_async_callback(intake.close)
        escalation = await open_database(fresh_database("escalation"), "escalation")
        databases.push_async_callback(escalation.close)
        store = PostgresEventStore(intake, SOURCE)
        async with AsyncExitStack() as running:
            yield World(kafka.bootstrap, admin, intake, escalation, store, StoreFeeds(store), running)


@pytest.fixture
def ticket_on() -> Callable[[int], UUID]:
    """Makes a new ticket id that lives on the given partition."""

    def make(number: int) -> UUID:
        while partition_of(found := new_id()) != number:
            pass
        return found

    return make
