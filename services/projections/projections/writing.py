"""The changes of a batch, written in bulk: one `unnest` statement per read model."""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from projections.domain.changes import Changes, DeadlineChange, RoutingChange, TicketChange, TimelineEntry

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

_TYPES = {
    "id": "uuid",
    "ticket": "uuid",
    "reporter": "json",
    "data": "json",
    "acted": "bool",
    "internal": "bool",
    "warned": "bool",
    "intake_version": "int",
    "routing_version": "int",
    "version": "int",
    "generation": "int",
    "line": "int",
    "time": "timestamptz",
}


def _columns(change: type[msgspec.Struct]) -> list[str]:
    return [field.name for field in msgspec.structs.fields(change)]


def _type(column: str) -> str:
    return _TYPES.get(column, "timestamptz" if column.endswith("_at") else "text")


def _insert(table: str, change: type[msgspec.Struct], first: int = 1) -> str:
    """The values are the parameters from number `first` on."""
    columns = _columns(change)
    arrays = ", ".join(f"${i}::{_type(column)}[]" for i, column in enumerate(columns, start=first))
    return f"INSERT INTO {table} AS t ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608


def _upsert(table: str, change: type[msgspec.Struct], key: Sequence[str], version: str) -> str:
    """A row that is at `version` or past it stays: after a rebuild was swapped in, events may come again."""
    touched = [column for column in _columns(change) if column not in (*key, "tenant", version)]
    values = ", ".join(f"{column} = coalesce(EXCLUDED.{column}, t.{column})" for column in touched)
    return (
        f"{_insert(table, change)} ON CONFLICT ({', '.join(key)}) DO UPDATE"
        f" SET {version} = EXCLUDED.{version}, {values}"
        f" WHERE t.{version} < EXCLUDED.{version} AND t.tenant = EXCLUDED.tenant"
    )


def _with_timeline(change: type[msgspec.Struct], upsert: str) -> str:
    """`upsert`, and behind its parameters those of the timeline: one round trip for both."""
    timeline = _insert("timeline", TimelineEntry, len(_columns(change)) + 1)
    return f"WITH told AS ({timeline} ON CONFLICT DO NOTHING) {upsert}"


_TICKETS = _with_timeline(TicketChange, _upsert("tickets", TicketChange, ["id"], "intake_version"))
_ROUTING = _with_timeline(RoutingChange, _upsert("tickets", RoutingChange, ["id"], "routing_version"))
_DEADLINES = _with_timeline(
    DeadlineChange, _upsert("deadlines", DeadlineChange, ["ticket", "deadline_id"], "version")
)
_TIMELINE = _insert("timeline", TimelineEntry) + " ON CONFLICT DO NOTHING"

# What a list filters and sorts by, taken anew from all of a ticket's deadlines.
_SUMMARY = """
INSERT INTO tickets AS t (id, tenant, sla_version, due_at, public_due_at, breached, public_breached)
SELECT i.id, i.tenant, i.version, d.due_at, d.public_due_at, d.breached, d.public_breached
FROM unnest($1::uuid[], $2::text[], $3::int[]) AS i (id, tenant, version)
CROSS JOIN LATERAL (
  SELECT coalesce(min(due_at) FILTER (WHERE state = 'running'), 'infinity') AS due_at,
    coalesce(min(due_at) FILTER (WHERE state = 'running' AND NOT internal), 'infinity') AS public_due_at,
    count(*) FILTER (WHERE breached_at IS NOT NULL AND retracted_at IS NULL) > 0 AS breached,
    count(*) FILTER (WHERE breached_at IS NOT NULL AND retracted_at IS NULL AND NOT internal) > 0
      AS public_breached
  FROM deadlines WHERE ticket = i.id
) AS d
ON CONFLICT (id) DO UPDATE
  SET sla_version = EXCLUDED.sla_version, due_at = EXCLUDED.due_at, public_due_at = EXCLUDED.public_due_at,
    breached = EXCLUDED.breached, public_breached = EXCLUDED.public_breached
  WHERE t.sla_version < EXCLUDED.sla_version
"""


async def write(connection: "Connection", changes: Changes) -> None:
    """Write `changes` in the open transaction, rows in key order so that no two batches deadlock."""
    timeline = _arrays(TimelineEntry, changes.timeline)
    for statement, change, changed in (
        (_TICKETS, TicketChange, changes.tickets),
        (_ROUTING, RoutingChange, changes.routing),
        (_DEADLINES, DeadlineChange, changes.deadlines),
    ):
        if changed:
            await connection.execute(statement, *_arrays(change, _sorted(changed)), *timeline)
            timeline = _arrays(TimelineEntry, ())
    if any(timeline):
        await connection.execute(_TIMELINE, *timeline)
    if changes.deadlines:
        await _summarise(connection, changes.deadlines.values())


async def _summarise(connection: "Connection", deadlines: Iterable[DeadlineChange]) -> None:
    newest: dict[UUID, tuple[str, int]] = {}
    for change in deadlines:
        version = max(change.version, newest.get(change.ticket, ("", 0))[1])
        newest[change.ticket] = change.tenant, version
    ordered = sorted(newest)
    await connection.execute(
        _SUMMARY, ordered, [newest[t][0] for t in ordered], [newest[t][1] for t in ordered]
    )


def _sorted(changes: dict[Any, Any]) -> list[Any]:
    return [changes[key] for key in sorted(changes)]


def _arrays(change: type[msgspec.Struct], rows: Collection[msgspec.Struct]) -> list[list[Any]]:
    return [[getattr(row, column) for row in rows] for column in _columns(change)]
