"""Changes in the order of their transactions, from any position on, as far as nothing can turn up behind."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson

from projections.domain.changes import Changes
from projections.domain.news import news
from projections.domain.timeline import SOURCES
from shared.errors import Transient
from shared.eventstore.database import ALL_TENANTS, Database

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

PAGE = 100
"""Changes read at a time: all that one reader holds in memory."""
KEPT = timedelta(hours=1)
"""For how long a reader may be away and still go on where it was."""
_PRUNES_EVERY = 60.0

_NOTE = """
INSERT INTO ticket_changes AS c (ticket, tenant, fields, public_fields)
SELECT i.ticket, i.tenant, string_to_array(i.fields, ','), string_to_array(i.public_fields, ',')
  || CASE WHEN i.acted AND t.acted IS NOT TRUE THEN ARRAY['status'] ELSE '{}' END
  || CASE WHEN i.line IS NOT NULL AND t.line IS DISTINCT FROM i.line THEN ARRAY['routing']
    ELSE '{}' END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::int[])
  AS i (ticket, tenant, fields, public_fields, acted, line)
LEFT JOIN tickets AS t ON t.id = i.ticket
ON CONFLICT (transaction, ticket) DO UPDATE
  SET fields = c.fields || EXCLUDED.fields, public_fields = c.public_fields || EXCLUDED.public_fields
"""

# The horizon is of this statement's own snapshot: what it does not see yet is at the horizon or past it.
_READ = """
SELECT known.horizon, known.floor, c.*
FROM (
  SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon,
    coalesce((SELECT transaction FROM stream_floor), 0) AS floor
) AS known
LEFT JOIN LATERAL (
  SELECT c.transaction, c.ticket, CASE WHEN $4 THEN c.fields ELSE c.public_fields END AS fields,
    (SELECT json_object_agg(h.source, h.version) FROM consumer_heads AS h
      WHERE h.subject = c.ticket AND h.source = ANY ($5)) AS versions
  FROM ticket_changes AS c JOIN tickets AS t ON t.id = c.ticket AND t.registered_at IS NOT NULL
  WHERE (c.transaction, c.ticket) > ($1, $2)
    AND c.transaction < known.horizon AND known.horizon >= known.floor
    AND $3 IN (c.tenant, '*') AND $3 IN (t.tenant, '*') AND ($4 OR c.public_fields <> '{}')
  ORDER BY c.transaction, c.ticket LIMIT $6
) AS c ON true
"""

_PRUNE = """
WITH gone AS (DELETE FROM ticket_changes WHERE changed_at < now() - $1::interval RETURNING transaction)
INSERT INTO stream_floor AS f (transaction)
SELECT max(transaction) + 1 FROM gone HAVING count(*) > 0
ON CONFLICT (single) DO UPDATE SET transaction = greatest(f.transaction, EXCLUDED.transaction)
"""


class Position(NamedTuple):
    """After the change of `ticket` in `transaction`. With NOBODY: before all of that transaction."""

    transaction: int
    ticket: UUID


NOBODY = UUID(int=0)


class Changed(NamedTuple):
    """One ticket's change, as its reader may know it."""

    at: Position
    ticket: UUID
    versions: dict[str, int]
    fields: list[str]


class Read(NamedTuple):
    """What `changed` since, and where to go on. `lost`: not all since then is still there."""

    changed: list[Changed]
    position: Position
    lost: bool = False


async def note(connection: "Connection", changes: Changes) -> None:
    """Write down what `changes` are about to change, before they do, in their transaction."""
    items = news(changes)
    await connection.execute(
        _NOTE,
        [item.ticket for item in items],
        [item.tenant for item in items],
        [",".join(sorted(item.fields)) for item in items],
        [",".join(sorted(item.public_fields)) for item in items],
        [item.acted for item in items],
        [item.line for item in items],
    )


async def read_changes(connection: "Connection", tenant: str, after: Position | None) -> Read:
    """What the tenant may know of since `after`; without one, only where now is."""
    since = after or Position(2**62, NOBODY)
    support = tenant == ALL_TENANTS
    rows = await connection.fetch(_READ, *since, tenant, support, list(SOURCES), PAGE)
    horizon, floor = rows[0]["horizon"], rows[0]["floor"]
    now = Position(horizon, NOBODY)
    if after is None:
        return Read([], now)
    # A position past the horizon is of another database. Below the floor, who asks waits until transactions
    # from before it can commit no more, and then begins anew once.
    if after.transaction > horizon or after.transaction < floor <= horizon:
        return Read([], now, lost=True)
    changed = [_changed(row) for row in rows if row["ticket"] is not None]
    if len(changed) == PAGE:
        return Read(changed, changed[-1].at)
    return Read(changed, now if horizon >= floor else after)


async def pruning(database: Database) -> None:
    """Prune for as long as the service runs."""
    while True:
        await asyncio.sleep(_PRUNES_EVERY)
        try:
            await prune(database)
        except Transient:
            continue  # the database is away; what is old by then goes the next time


async def prune(database: Database) -> None:
    """Let go of changes older than KEPT."""
    async with database.transaction() as tx:
        await tx.connection.execute(_PRUNE, KEPT)


def _changed(row: Any) -> Changed:
    known = orjson.loads(row["versions"] or "{}")
    versions = {source.removeprefix("/"): known.get(source, 0) for source in SOURCES}
    return Changed(
        Position(row["transaction"], row["ticket"]), row["ticket"], versions, sorted(set(row["fields"]))
    )
