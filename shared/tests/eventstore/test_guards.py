"""What the database itself refuses, whatever the code above it does."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import asyncpg
import pytest

from shared.errors import Transient
from shared.events.ids import new_id
from shared.events.people import SYSTEM
from shared.events.ticket import CommentAdded
from shared.eventstore import chain
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import Append, NewEvent

pytestmark = pytest.mark.integration

COMMENT = CommentAdded(comment_id="c1", visibility="public", by=SYSTEM, body="a secret of Ada's")


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await open_database(fresh_database("intake"), "intake")
    yield database
    await database.close()


async def store_comments(database: Database, tenant: str, number: int = 1) -> None:
    async with database.transaction() as tx:
        events = [NewEvent(new_id(), tx.now, COMMENT) for _ in range(number)]
        await PostgresEventStore(database, "/intake").append(
            tx, [Append(new_id(), tenant, 0, events, new_id())]
        )


@pytest.mark.parametrize("statement", ["UPDATE events SET type = 'x'", "DELETE FROM events"])
async def test_the_worker_can_neither_change_nor_remove_an_event(database: Database, statement: str) -> None:
    await store_comments(database, "acme")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.working() as connection:
            await connection.execute(statement)


@pytest.mark.parametrize("table", ["events", "personal"])
async def test_row_level_security_alone_keeps_tenants_apart(database: Database, table: str) -> None:
    await store_comments(database, "acme")
    async with database.reading("region") as connection:
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    async with database.reading("acme") as connection:
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 1


async def test_a_reader_without_a_tenant_sees_nothing(database: Database) -> None:
    await store_comments(database, "acme")
    async with database.reading("") as connection:
        assert await connection.fetchval("SELECT count(*) FROM events") == 0


async def test_the_reader_cannot_write(database: Database) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, Transient)):
        async with database.reading("acme") as connection:
            await connection.execute("INSERT INTO outbox VALUES (1, gen_random_uuid(), 1)")


async def test_another_services_tables_are_out_of_reach(database: Database) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.working() as connection:
            await connection.fetchval("SELECT count(*) FROM escalation.events")


async def test_the_chain_still_verifies_after_personal_data_is_erased(database: Database) -> None:
    await store_comments(database, "acme", number=3)
    async with database.working() as connection:
        await connection.execute("DELETE FROM personal")
        rows = await connection.fetch("SELECT * FROM events ORDER BY version")
    previous = chain.GENESIS
    for row in rows:
        previous = chain.link(
            previous, row["event_id"], row["type"], row["data"].encode(), row["personal_digest"]
        )
        assert row["chain"] == previous
    assert COMMENT.body not in str([dict(row) for row in rows])


async def test_a_transaction_takes_its_id_before_its_clock(database: Database) -> None:
    async with database.transaction() as tx:
        own = await tx.connection.fetchval("SELECT pg_current_xact_id_if_assigned()::text")
        assert int(own) == tx.xid


async def test_a_read_names_the_tenant_itself_beside_the_policy(database: Database) -> None:
    # The worker's role sees every row: only the statement's own condition stands between.
    unguarded = Database("intake", database._workers, database._workers, timedelta(0))
    await store_comments(database, "acme")
    async with database.working() as connection:
        stream = await connection.fetchval("SELECT stream_id FROM events")
    store = PostgresEventStore(unguarded, "/intake")
    assert await store.read(stream, "region") == []
    assert len(await store.read(stream, "acme")) == len(await store.read(stream, "*")) == 1
