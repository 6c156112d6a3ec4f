"""The two walls between customers, and taking either one down.

`python -m tests.integration.system.tenants.walls <service>` runs a service in which the file `WALLS_FILE`
says at each request which conditions hold; the rows' own policies are changed in the database.
"""

import json
import os
import re
import runpy
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg

ALL = "*"
_EQUAL = re.compile(r"((?:\w+\.)?tenant) = (\$\d+)")
_WITHIN = re.compile(r"(\$\d+) IN \((?:\w+\.)?tenant, '\*'\)")


@contextmanager
def without_row_level_security(admin_url: str) -> Iterator[None]:
    """No policy holds: the queries stand alone."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        tables = admin.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
        ).fetchall()
        assert len(tables) > 10
        for (table,) in tables:
            admin.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        try:
            yield
        finally:
            for (table,) in tables:
                admin.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY".encode())


@contextmanager
def policy_dropped(admin_url: str, table: str) -> Iterator[None]:
    """One table's policy for readers lets everything through."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        before = admin.execute(
            "SELECT qual FROM pg_policies"
            " WHERE schemaname || '.' || tablename = %s AND policyname = 'tenant_reads'",
            [table],
        ).fetchone()
        assert before is not None
        admin.execute(f"ALTER POLICY tenant_reads ON {table} USING (true)".encode())
        try:
            yield
        finally:
            admin.execute(f"ALTER POLICY tenant_reads ON {table} USING ({before[0]})".encode())


def plant(file: Path) -> None:
    """Let `file` decide: `blind` makes the queries, and what compares tenants in code, see every tenant;
    `dropped` takes the tenant's condition out of the queries that contain that text.
    """
    from intake.registry import Change, Registry  # noqa: PLC0415
    from shared.eventstore import commands  # noqa: PLC0415
    from shared.eventstore.database import Database, Transaction  # noqa: PLC0415
    from shared.eventstore.postgres import PostgresEventStore  # noqa: PLC0415

    reading, transaction = Database.reading, Database.transaction
    require, read, attempt = commands._require, PostgresEventStore.read, Registry._attempt

    def said_now() -> dict[str, Any]:
        said: dict[str, Any] = json.loads(file.read_text())
        return said

    @asynccontextmanager
    async def blind_reading(self: Database, tenant: str) -> AsyncIterator[Any]:
        said = said_now()
        async with reading(self, tenant) as connection:
            yield _Blinded(connection, tenant, said) if said else connection

    @asynccontextmanager
    async def blind_transaction(self: Database) -> AsyncIterator[Transaction]:
        said = said_now()
        async with transaction(self) as tx:
            yield replace(tx, connection=_BlindedWriting(tx.connection, ALL, said)) if said else tx

    async def blind_attempt(self: Registry, tx: Transaction, change: Change[Any]) -> Any:
        return await attempt(self, tx, replace(change, tenant=ALL) if said_now().get("blind") else change)

    def blind_require(command: Any, history: Any) -> None:
        if not said_now().get("blind") or not history:
            require(command, history)

    async def blind_read(self: PostgresEventStore, stream: UUID, tenant: str) -> list[Any]:
        """What is found passes for the caller's own, so that no comparison after it can tell."""
        found = await read(self, stream, tenant)
        if not said_now().get("blind") or tenant == ALL:
            return found
        return [msgspec.structs.replace(event, tenant=tenant) for event in found]

    vars(commands)["_require"] = blind_require
    type.__setattr__(Database, "reading", blind_reading)
    type.__setattr__(Database, "transaction", blind_transaction)
    type.__setattr__(Registry, "_attempt", blind_attempt)
    type.__setattr__(PostgresEventStore, "read", blind_read)


class _Blinded:
    """A connection whose statements are changed on their way to the database."""

    def __init__(self, connection: Any, tenant: str, said: dict[str, Any]) -> None:
        self._connection, self._tenant, self._said = connection, tenant, said

    def _changed(self, query: str, values: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        if self._said.get("blind"):
            query = _EQUAL.sub(r"(\1 = \2 OR \2 = '*')", query)
            values = tuple(ALL if value == self._tenant else value for value in values)
        if (text := self._said.get("dropped")) and text in query:
            query = _EQUAL.sub(r"\2::text IS NOT NULL", _WITHIN.sub(r"\1::text IS NOT NULL", query))
        return query, values

    async def fetch(self, query: str, *values: Any) -> Any:
        query, values = self._changed(query, values)
        return await self._connection.fetch(query, *values)

    async def fetchrow(self, query: str, *values: Any) -> Any:
        query, values = self._changed(query, values)
        return await self._connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        query, values = self._changed(query, values)
        return await self._connection.fetchval(query, *values)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"teach {__file__} what {name} is: a read that it does not see is a read unproven"
        )


class _BlindedWriting(_Blinded):
    """The same for what is changed: there every row is seen anyway, so that a condition is only taken out."""

    def _changed(self, query: str, values: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        text = self._said.get("dropped")
        if self._said.get("blind") or (text and text in query):
            query = _WITHIN.sub(r"\1::text IS NOT NULL", query)
        return query, values

    async def execute(self, query: str, *values: Any) -> Any:
        query, values = self._changed(query, values)
        return await self._connection.execute(query, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


if __name__ == "__main__":
    plant(Path(os.environ["WALLS_FILE"]))
    service = sys.argv[1]
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)
