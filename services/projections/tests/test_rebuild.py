"""Read models can be made anew at any time, while the service runs, and then equal a fold of the stores."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import orjson
import pytest
from tests.projections_facts import INTAKE, OTHERS, endings

from projections import rebuild as rebuilding
from projections.arrivals import Arrivals
from projections.domain.fold import fold
from projections.rebuild import AlreadyRunning, Swap, rebuild, swap
from projections.subscription import read_models
from projections.writing import write
from shared.events.escalation import TicketRouted
from shared.events.ids import new_id
from shared.events.people import Actor
from shared.events.ticket import CommentAdded, TicketPrioritised
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import Append, FeedQuery, NewEvent
from shared.messaging.consumer import Consumer
from shared.messaging.feed_format import FeedPage, from_json, to_json
from shared.messaging.relay import Relay
from shared.messaging.topics import create_topics
from shared.testing.waiting import eventually
from stack.kafka import KafkaServer

pytestmark = pytest.mark.integration

AGENT = Actor(id="agent-1", party="support", role="agent")
SCHEMAS = {
    "/intake": "intake",
    "/sla-engine": "sla_engine",
    "/escalation": "escalation",
    "/notifier": "notifier",
}
MODELS = ("tickets", "deadlines", "timeline", "ticket_words")


class Owners:
    """The four services' stores, their relays, and their feeds without HTTP between."""

    def __init__(self, databases: dict[str, Database], bootstrap: str) -> None:
        self.databases = databases
        self.stores = {s: PostgresEventStore(database, s) for s, database in databases.items()}
        self.relays = {s: Relay(database, s, bootstrap) for s, database in databases.items()}
        self._told: dict[UUID, int] = {}

    async def page(
        self,
        source: str,
        *,
        cursor: str | None = None,
        subject: UUID | None = None,
        changed_since: datetime | None = None,
    ) -> FeedPage:
        after = msgspec.json.decode(cursor, type=tuple[UUID, int]) if cursor else None
        page = await self.stores[source].feed(FeedQuery(after, subject, changed_since, 100))
        items = [from_json(orjson.dumps(to_json(event))) for event in page.events]
        return FeedPage(items, msgspec.json.encode(page.last).decode() if page.last else None)

    async def store(self, story: Any) -> None:
        """Append what the story has told since the last time."""
        told = self._told.get(story.ticket, 0)
        self._told[story.ticket] = len(story.events)
        for event in story.events[told:]:
            async with self.databases[event.source].transaction() as tx:
                new = NewEvent(new_id(), event.time, event.data)
                append = Append(story.ticket, story.tenant, event.version - 1, [new], new_id())
                await self.stores[event.source].append(tx, [append])
            self.relays[event.source].wake()

    async def number(self) -> int:
        """How many events all stores hold."""
        counts = 0
        for database in self.databases.values():
            async with database.working() as connection:
                counts += await connection.fetchval("SELECT count(*) FROM events")
        return counts


@asynccontextmanager
async def _running(thing: Relay | Consumer) -> AsyncIterator[None]:
    task = asyncio.create_task(thing.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def owners(fresh_database: Callable[[str], str], kafka_server: KafkaServer) -> AsyncIterator[Owners]:
    """All four, relaying."""
    await create_topics(kafka_server.bootstrap)
    async with AsyncExitStack() as stack:
        databases = {}
        for source, schema in SCHEMAS.items():
            databases[source] = await open_database(fresh_database(schema), schema, pool_size=3)
            stack.push_async_callback(databases[source].close)
        owners = Owners(databases, kafka_server.bootstrap)
        for relay in owners.relays.values():
            await stack.enter_async_context(_running(relay))
        yield owners


async def _rows(database: Database, schema: str) -> list[set[str]]:
    async with database.working() as connection:
        return [
            {
                row["row"]
                for row in await connection.fetch(f"SELECT t::text AS row FROM {schema}.{model} AS t")
            }
            for model in MODELS
        ]


async def _folded(database: Database, owners: Owners) -> list[set[str]]:
    """The rows that a plain fold of the stores gives, made in tables of their own."""
    async with database.working() as connection, connection.transaction():
        await connection.execute("SELECT begin_rebuild()")
        await connection.execute("SET LOCAL search_path = projections_rebuild")
        for store in owners.stores.values():
            await write(connection, fold((await store.feed(FeedQuery(limit=10_000))).events))
    return await _rows(database, "projections_rebuild")


async def test_a_rebuild_under_traffic_equals_a_fold_of_the_stores(
    database: Database,
    owners: Owners,
    story: Callable[..., Any],
    fresh_database: Callable[[str], str],
    kafka_server: KafkaServer,
) -> None:
    def consuming(target: Database, group: str) -> Consumer:
        sources, handle = list(SCHEMAS), read_models(Arrivals())
        return Consumer(target, f"{group}-{id(owners)}", sources, handle, owners, kafka_server.bootstrap)

    async def timeline_holds(number: int, what: str) -> None:
        async def held() -> bool:
            async with database.working() as connection:
                return bool(await connection.fetchval("SELECT count(*) = $1 FROM timeline", number))

        there: bool = await eventually(held, what=what)
        assert there

    stories = [story() for _ in range(10)]
    for ada in stories:
        ada.deadline("d1", "response", ada.opened().time + timedelta(hours=1))
        ada.told(TicketRouted(line=1, team="line-1"))
    for event in (*INTAKE, *OTHERS, *endings(stories[0].events[0].time, "d1", "response")):
        stories[0].told(event)
    for ada in stories:
        await owners.store(ada)

    async with _running(consuming(database, "live")):
        await timeline_holds(await owners.number(), "the live models were filled")
        async with database.working() as connection:
            await connection.execute("UPDATE tickets SET subject = 'wrong'")
            await connection.execute("DELETE FROM deadlines")

        done = asyncio.Event()

        async def traffic() -> None:
            while not done.is_set():
                for ada in stories:
                    ada.told(CommentAdded(comment_id="c", visibility="public", by=AGENT, body="Soon."))
                    await owners.store(ada)

        writing = asyncio.create_task(traffic())
        await rebuild(
            fresh_database("projections"), timedelta(0), lambda beside: consuming(beside, "rebuild")
        )
        done.set()
        await writing
        for ada in stories:
            ada.told(TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT))
            await owners.store(ada)
        total = await owners.number()
        await timeline_holds(total, "the live consumer went on after the swap")
        assert await _rows(database, "projections") == await _folded(database, owners)


async def test_a_rebuild_that_never_draws_level_by_itself_is_swapped_in_all_the_same(
    database: Database,
) -> None:
    """The rebuilt models follow one record behind a live consumer that never rests."""
    move = "UPDATE projections.consumer_offsets SET next_offset = next_offset + 1 RETURNING next_offset"
    follow = "UPDATE projections_rebuild.consumer_offsets SET next_offset = $1 WHERE next_offset < $1"
    live_at = 10

    async with database.working() as own, database.working() as live, database.working() as rebuilt:
        await own.execute("INSERT INTO consumer_offsets VALUES ('t', 0, 10, NULL)")
        await own.execute("SELECT begin_rebuild()")
        assert await swap(own) is Swap.NOT_YET, "it has not begun"
        await own.execute("INSERT INTO projections_rebuild.consumer_offsets VALUES ('t', 0, 9, NULL)")

        async def consume() -> None:
            nonlocal live_at
            while True:
                live_at = await live.fetchval(move)

        async def trail() -> None:
            while True:
                before = live_at
                await asyncio.sleep(0.005)
                # Level only with what the live consumer had a moment ago.
                await rebuilt.execute(follow, before)

        tasks = [asyncio.create_task(consume()), asyncio.create_task(trail())]

        async def done() -> bool:
            return await swap(own) is Swap.DONE

        assert await eventually(done, what="the swap")
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task


async def test_live_models_that_wait_in_vain_go_on(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "HELD", 0.2)
    async with database.working() as own, database.working() as live:
        await own.execute("INSERT INTO consumer_offsets VALUES ('t', 0, 10, NULL)")
        await own.execute("SELECT begin_rebuild()")
        await own.execute("INSERT INTO projections_rebuild.consumer_offsets VALUES ('t', 0, 9, NULL)")
        assert await swap(own) is Swap.HELD_IN_VAIN
        assert await live.execute("UPDATE consumer_offsets SET next_offset = 11") == "UPDATE 1"


async def test_undecodable_records_outlive_a_rebuild(database: Database) -> None:
    async def set_aside(connection: Any, schema: str, offset: int, error: str) -> None:
        await connection.execute(
            f"INSERT INTO {schema}.quarantine VALUES ('t', 0, $1, NULL, '\\xff', '[]', $2, now())",
            offset,
            error,
        )

    async with database.working() as connection:
        await set_aside(connection, "projections", 1, "before")
        await connection.execute("SELECT begin_rebuild()")
        await set_aside(connection, "projections", 2, "meanwhile")
        await set_aside(connection, "projections_rebuild", 2, "meanwhile")
        await set_aside(connection, "projections_rebuild", 3, "by the rebuild")
        first = await connection.fetchval(
            'SELECT quarantined_at FROM projections.quarantine WHERE "offset" = 2'
        )
        assert await connection.fetchval("SELECT finish_rebuild()")
        kept = await connection.fetch('SELECT * FROM projections.quarantine ORDER BY "offset"')
    assert [(row["offset"], row["error"], row["value"]) for row in kept] == [
        (1, "before", b"\xff"),
        (2, "meanwhile", b"\xff"),
        (3, "by the rebuild", b"\xff"),
    ]
    assert kept[1]["quarantined_at"] == first


async def test_only_one_rebuild_runs_at_a_time(
    database: Database, fresh_database: Callable[[str], str]
) -> None:
    async with database.working() as connection:
        assert await connection.fetchval("SELECT pg_try_advisory_lock(4406181290157)")
        with pytest.raises(AlreadyRunning):
            await rebuild(fresh_database("projections"), timedelta(0), lambda _: pytest.fail("it began"))
        await connection.fetchval("SELECT pg_advisory_unlock(4406181290157)")
