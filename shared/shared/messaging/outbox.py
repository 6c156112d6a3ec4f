"""The outbox as the relay sees it: rows in order, without those already in hand, and their guarded delete."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from shared.events.wire import Attributes
from shared.eventstore import postgres
from shared.eventstore.database import Database
from shared.messaging.lease import SHARD, Lease, LeaseLost

_COLUMNS = """e.event_id, e.type, e.source, e.stream_id, e.version, e.tenant, e.occurred_at, e.recorded_at,
  e.correlation_id, e.causation_id, e.traceparent, e.data, p.data AS personal"""
_HALVES = "LEFT JOIN personal p ON p.stream_id = e.stream_id AND p.version = e.version"

# One statement, one snapshot: `xmin` tells which transactions are over for exactly these rows.
_READ = f"""
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS xmin, row.*
FROM (VALUES (1)) AS always LEFT JOIN LATERAL (
  SELECT o.position, {_COLUMNS}
  FROM outbox o JOIN events e USING (stream_id, version) {_HALVES}
  WHERE o.position <> ALL ($1::bigint[]) ORDER BY o.position LIMIT $2
) AS row ON true
"""  # noqa: S608 - constants only

# A delete lost in a crash costs a second publication, which consumers drop: it need not be waited for.
_FORGET = """
WITH asynchronous AS (SELECT set_config('synchronous_commit', 'off', true)),
lease AS (
  SELECT 1 FROM relay_lease, asynchronous WHERE shard = $1 AND owner = $2 AND epoch = $3
), gone AS (
  DELETE FROM outbox WHERE position = ANY ($4::bigint[]) AND EXISTS (SELECT FROM lease)
)
SELECT EXISTS (SELECT FROM lease)
"""

_HISTORY = f"""
SELECT 0::bigint AS position, {_COLUMNS} FROM events e {_HALVES}
WHERE (e.stream_id, e.version) > ($1, $2) ORDER BY e.stream_id, e.version LIMIT $3
"""  # noqa: S608 - constants only


class Row(NamedTuple):
    """An event to be published; `position` is 0 when it is only published again."""

    position: int
    attributes: Attributes
    value: bytes


class Read(NamedTuple):
    """Rows of one snapshot, in order, and the oldest transaction still running in it."""

    rows: Sequence[Row]
    xmin: int


class Outbox:
    """Reads and deletes for one relay."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease

    async def read(self, held: Collection[int], limit: int) -> Read:
        """Up to `limit` of the oldest rows that are not `held`."""
        async with self._database.working() as connection:
            found = await connection.fetch(_READ, list(held), limit)
        rows = [_row(record) for record in found if record["position"] is not None]
        return Read(rows, found[0]["xmin"])

    async def forget(self, positions: Sequence[int]) -> None:
        """Delete what Kafka has acknowledged. Raises LeaseLost, deleting nothing, under another's epoch."""
        lease = self._lease
        async with self._database.working() as connection:
            ours = await connection.fetchval(_FORGET, SHARD, lease.owner, lease.epoch, list(positions))
        if not ours:
            raise LeaseLost

    async def history(self, after: tuple[UUID, int], limit: int) -> Sequence[Row]:
        """Stored events by (stream, version), published or not."""
        async with self._database.working() as connection:
            return [_row(record) for record in await connection.fetch(_HISTORY, *after, limit)]

    async def clock(self) -> tuple[datetime, int]:
        """The instant T and then a transaction id X of our own, in that order.

        An event takes its instant after its transaction id, so every event with an instant up to T has an
        id below X: once all ids below X are over, whatever carries such an instant can be seen.
        """
        async with self._database.working() as connection:
            now: datetime = await connection.fetchval("SELECT clock_timestamp()")
            xid = await connection.fetchval("SELECT pg_current_xact_id()::text::bigint")
        return now + self._database.offset, xid


def _row(record: "asyncpg.Record") -> Row:
    return Row(record["position"], postgres.attributes(record), postgres.value(record))
