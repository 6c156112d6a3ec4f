"""The event store in PostgreSQL: one statement per batch, whatever its size."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from shared.events import codec, wire
from shared.events.catalogue import type_name
from shared.events.envelope import Recorded
from shared.eventstore import chain
from shared.eventstore.database import Database, Transaction
from shared.eventstore.store import Append, FeedPage, FeedQuery, StreamConflict

_COLUMNS = """e.event_id, e.type, e.source, e.stream_id, e.version, e.tenant, e.occurred_at, e.recorded_at,
  e.correlation_id, e.causation_id, e.traceparent, e.data, p.data AS personal"""
_FROM = "events e LEFT JOIN personal p ON p.stream_id = e.stream_id AND p.version = e.version"

_APPEND = """
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[],
    $7::uuid[], $8::uuid[], $9::text[], $10::text[], $11::bytea[], $12::bytea[], $13::bytea[], $14::text[])
  WITH ORDINALITY AS i (stream_id, version, event_id, type, tenant, occurred_at, correlation_id, causation_id,
    traceparent, data, digest, chain, salt, personal, ordinal)
), appended AS (
  INSERT INTO events (stream_id, version, event_id, type, source, tenant, occurred_at, recorded_at,
    correlation_id, causation_id, traceparent, data, personal_digest, chain)
  SELECT stream_id, version, event_id, type, $15, tenant, occurred_at, $16, correlation_id, causation_id,
    traceparent, data::json, digest, chain
  FROM input ORDER BY ordinal
  RETURNING position, stream_id, version
), personal_half AS (
  INSERT INTO personal (stream_id, version, tenant, salt, data)
  SELECT stream_id, version, tenant, salt, personal::json FROM input WHERE personal IS NOT NULL
)
INSERT INTO outbox (position, stream_id, version) SELECT position, stream_id, version FROM appended
"""


class PostgresEventStore:
    """`source` is the CloudEvents source of its streams, such as `/intake`.

    A service may have several sources in one schema; each store appends, loads and reads its own streams
    only, so that no command on a ticket ever meets a customer. The feed gives them all.
    """

    def __init__(self, database: Database, source: str) -> None:
        self._database = database
        self._source = source

    async def load(self, tx: Transaction, streams: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
        """Each known stream's events in version order."""
        rows = await tx.connection.fetch(
            f"SELECT {_COLUMNS} FROM {_FROM} WHERE e.stream_id = ANY($1) AND e.source = $2"  # noqa: S608
            " ORDER BY e.stream_id, e.version",
            list(streams),
            self._source,
        )
        return _by_stream(rows)

    async def append(self, tx: Transaction, appends: Sequence[Append]) -> list[Recorded]:
        """See the port."""
        if not appends:
            return []
        links = await self._chains(tx, appends)
        rows: list[tuple[Any, ...]] = []
        stored: list[Recorded] = []
        for append in appends:
            if append.expected and append.stream not in links:
                raise StreamConflict
            previous = links.get(append.stream, chain.GENESIS)
            for version, event in enumerate(append.events, start=append.expected + 1):
                name = type_name(event.data)
                public, personal = codec.encode(event.data)
                salt = chain.salt() if personal is not None else None
                digest = chain.digest(salt, personal) if salt and personal else None
                previous = chain.link(previous, event.id, name, public, digest)
                rows.append(
                    (append.stream, version, event.id, name, append.tenant, event.time, append.correlation_id,
                     append.causation_id, append.traceparent, public.decode(), digest, previous, salt,
                     personal.decode() if personal is not None else None)
                )  # fmt: skip
                stored.append(
                    self._as_recorded(append, version, event.id, name, event.time, tx.now, event.data)
                )
        try:
            await tx.connection.execute(_APPEND, *map(list, zip(*rows, strict=True)), self._source, tx.now)
        except asyncpg.UniqueViolationError as error:
            raise StreamConflict from error
        return stored

    async def feed(self, query: FeedQuery) -> FeedPage:
        """See the port."""
        conditions, values = _feed_conditions(query)
        async with self._database.reading(query.tenant) as connection:
            rows = await connection.fetch(
                f"SELECT {_COLUMNS} FROM {_FROM} WHERE {conditions} ORDER BY e.stream_id, e.version"  # noqa: S608
                f" LIMIT {query.limit:d}",
                *values,
            )
        last = (rows[-1]["stream_id"], rows[-1]["version"]) if len(rows) == query.limit else None
        return FeedPage([event for row in rows if (event := recorded(row)) is not None], last)

    async def read(self, stream: UUID, tenant: str) -> list[Recorded]:
        """See the port."""
        return (await self.read_many([stream], tenant)).get(stream, [])

    async def read_many(self, streams: Sequence[UUID], tenant: str) -> dict[UUID, list[Recorded]]:
        """Several streams as `tenant` may see them; those that it may not, or that are none, are absent."""
        async with self._database.reading(tenant) as connection:
            rows = await connection.fetch(
                f"SELECT {_COLUMNS} FROM {_FROM} WHERE e.stream_id = ANY($1) AND $2 IN (e.tenant, '*')"  # noqa: S608
                " AND e.source = $3 ORDER BY e.stream_id, e.version",
                list(streams),
                tenant,
                self._source,
            )
        return _by_stream(rows)

    async def _chains(self, tx: Transaction, appends: Sequence[Append]) -> dict[UUID, bytes]:
        """The newest link of each known stream; none for a stream of another tenant."""
        known = [(a.stream, a.expected, a.tenant) for a in appends if a.expected]
        if not known:
            return {}
        rows = await tx.connection.fetch(
            "SELECT e.stream_id, e.chain"
            " FROM unnest($1::uuid[], $2::int[], $3::text[]) AS i (stream_id, version, tenant)"
            " JOIN events e USING (stream_id, version, tenant)",
            *map(list, zip(*known, strict=True)),
        )
        return {row["stream_id"]: row["chain"] for row in rows}

    def _as_recorded(
        self,
        append: Append,
        version: int,
        event_id: UUID,
        name: str,
        time: datetime,
        now: datetime,
        data: Any,
    ) -> Recorded:
        return Recorded(
            id=event_id, type=name, source=self._source, subject=append.stream, version=version,
            tenant=append.tenant, time=time, recorded_at=now, correlation_id=append.correlation_id,
            causation_id=append.causation_id, traceparent=append.traceparent, data=data,
        )  # fmt: skip


def _by_stream(rows: Sequence["asyncpg.Record"]) -> dict[UUID, list[Recorded]]:
    found: dict[UUID, list[Recorded]] = {}
    for row in rows:
        event = recorded(row)
        if event is not None:
            found.setdefault(row["stream_id"], []).append(event)
    return found


def _feed_conditions(query: FeedQuery) -> tuple[str, list[Any]]:
    conditions, values = ["true"], list[Any]()
    if query.after is not None:
        conditions.append("(e.stream_id, e.version) > ($1, $2)")
        values += query.after
    if query.subject is not None:
        values.append(query.subject)
        conditions.append(f"e.stream_id = ${len(values)}")
    if query.changed_since is not None:
        values.append(query.changed_since)
        conditions.append(
            f"e.stream_id IN (SELECT stream_id FROM events WHERE recorded_at >= ${len(values)})"  # noqa: S608
        )
    if query.source is not None:
        values.append(query.source)
        conditions.append(f"e.source = ${len(values)}")
    return " AND ".join(conditions), values


def attributes(row: "asyncpg.Record") -> wire.Attributes:
    """The envelope of a row that was read with the columns of `stored_rows`."""
    return wire.Attributes(
        id=row["event_id"], type=row["type"], source=row["source"], subject=row["stream_id"],
        version=row["version"], tenant=row["tenant"], time=row["occurred_at"],
        recorded_at=row["recorded_at"], correlation_id=row["correlation_id"],
        causation_id=row["causation_id"], traceparent=row["traceparent"],
    )  # fmt: skip


def value(row: "asyncpg.Record") -> bytes:
    """The JSON of a row, both halves joined."""
    personal = row["personal"]
    return codec.join(row["data"].encode(), personal.encode() if personal is not None else None)


def recorded(row: "asyncpg.Record") -> Recorded | None:
    """The event of a row; None when its type is unknown to this version of the code."""
    return wire.decode(attributes(row), value(row))
