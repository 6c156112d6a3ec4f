"""The changes of a batch, written in bulk: one `unnest` statement per read model."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from projections.domain.changes import (
    Changes,
    DeadlineChange,
    ReviewChange,
    RoutingChange,
    TicketChange,
    TimelineEntry,
    Touch,
)
from projections.searched import write_words

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
    "agreed": "bool",
    "stands": "bool",
    "wait_ended": "int",
    "survey_score": "int",
    "event_id": "uuid",
    "causation_id": "uuid",
    "intake_version": "int",
    "routing_version": "int",
    "version": "int",
    "generation": "int",
    "review": "int",
    "owner": "json",
    "outcome": "json",
    "line": "int",
    "time": "timestamptz",
}


# What comes from several sources, and the one field whose new value depends on the row's old one: a question
# within a wait leaves it as it began, unless that wait has ended in between.
_SETTING = {
    "updated_at": "greatest(t.updated_at, EXCLUDED.updated_at)",
    "public_updated_at": "greatest(t.public_updated_at, EXCLUDED.public_updated_at)",
    "questioned_at": "CASE WHEN t.stage = 'waiting' AND EXCLUDED.stage = 'waiting'"
    " AND coalesce(EXCLUDED.wait_ended, 0) <= coalesce(t.wait_ended, 0)"
    " THEN t.questioned_at ELSE coalesce(EXCLUDED.questioned_at, t.questioned_at) END",
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
    values = ", ".join(f"{column} = {_setting(column)}" for column in touched)
    return (
        f"{_insert(table, change)} ON CONFLICT ({', '.join(key)}) DO UPDATE"
        f" SET {version} = EXCLUDED.{version}, {values}"
        f" WHERE t.{version} < EXCLUDED.{version} AND t.tenant = EXCLUDED.tenant"
    )


def _setting(column: str) -> str:
    return _SETTING.get(column, f"coalesce(EXCLUDED.{column}, t.{column})")


def _with_timeline(change: type[msgspec.Struct], upsert: str) -> str:
    """`upsert`, and behind its parameters those of the timeline: one round trip for both."""
    timeline = _insert("timeline", TimelineEntry, len(_columns(change)) + 1)
    return f"WITH told AS ({timeline} ON CONFLICT DO NOTHING) {upsert}"


_TICKETS = _with_timeline(TicketChange, _upsert("tickets", TicketChange, ["id"], "intake_version"))
_ROUTING = _with_timeline(RoutingChange, _upsert("tickets", RoutingChange, ["id"], "routing_version"))
_DEADLINES = _with_timeline(
    DeadlineChange, _upsert("deadlines", DeadlineChange, ["ticket", "deadline_id"], "version")
)
_REVIEWS = _with_timeline(ReviewChange, _upsert("reviews", ReviewChange, ["ticket", "review"], "version"))
_TIMELINE = _insert("timeline", TimelineEntry) + " ON CONFLICT DO NOTHING"

# What a list filters and sorts by, taken anew from all of a ticket's deadlines. Reviews, which begin when the
# ticket has ended, have a list of their own.
_SUMMARY = """
INSERT INTO tickets AS t (id, tenant, sla_version, updated_at, public_updated_at, due_at, public_due_at,
  overdue_at, public_overdue_at, paused, public_paused, breached, public_breached)
SELECT i.id, i.tenant, i.version, i.updated_at, i.public_updated_at, d.*
FROM unnest($1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::timestamptz[])
  AS i (id, tenant, version, updated_at, public_updated_at)
CROSS JOIN LATERAL (
  SELECT coalesce(min(due_at) FILTER (WHERE state = 'running'), 'infinity') AS due_at,
    coalesce(min(due_at) FILTER (WHERE state = 'running' AND NOT internal), 'infinity') AS public_due_at,
    coalesce(min(due_at) FILTER (WHERE state = 'breached'), 'infinity') AS overdue_at,
    coalesce(min(due_at) FILTER (WHERE state = 'breached' AND NOT internal), 'infinity')
      AS public_overdue_at,
    count(*) FILTER (WHERE state = 'paused') > 0 AS paused,
    count(*) FILTER (WHERE state = 'paused' AND NOT internal) > 0 AS public_paused,
    count(*) FILTER (WHERE stands) > 0 AS breached,
    count(*) FILTER (WHERE stands AND NOT internal) > 0 AS public_breached
  FROM deadlines WHERE ticket = i.id AND tenant = i.tenant AND kind <> 'review'
) AS d
ON CONFLICT (id) DO UPDATE
  SET sla_version = greatest(t.sla_version, EXCLUDED.sla_version),
    due_at = EXCLUDED.due_at, public_due_at = EXCLUDED.public_due_at,
    overdue_at = EXCLUDED.overdue_at, public_overdue_at = EXCLUDED.public_overdue_at,
    paused = EXCLUDED.paused, public_paused = EXCLUDED.public_paused,
    breached = EXCLUDED.breached, public_breached = EXCLUDED.public_breached,
    updated_at = greatest(t.updated_at, EXCLUDED.updated_at),
    public_updated_at = greatest(t.public_updated_at, EXCLUDED.public_updated_at)
  WHERE t.tenant = EXCLUDED.tenant
"""

_TOUCHED = f"""{_insert("tickets", Touch)}
ON CONFLICT (id) DO UPDATE SET updated_at = greatest(t.updated_at, EXCLUDED.updated_at),
  public_updated_at = greatest(t.public_updated_at, EXCLUDED.public_updated_at)
  WHERE t.tenant = EXCLUDED.tenant
"""


async def write(connection: "Connection", changes: Changes) -> None:
    """Write `changes` in the open transaction, rows in key order so that no two batches deadlock."""
    timeline = _arrays(TimelineEntry, changes.timeline)
    for statement, change, changed in (
        (_TICKETS, TicketChange, changes.tickets),
        (_ROUTING, RoutingChange, changes.routing),
        (_DEADLINES, DeadlineChange, changes.deadlines),
        (_REVIEWS, ReviewChange, changes.reviews),
    ):
        if changed:
            await connection.execute(statement, *_arrays(change, _sorted(changed)), *timeline)
            timeline = _arrays(TimelineEntry, ())
    if any(timeline):
        await connection.execute(_TIMELINE, *timeline)
    await write_words(connection, changes)
    summarised = await _summarise(connection, changes)
    if others := {ticket: touch for ticket, touch in changes.touched.items() if ticket not in summarised}:
        await connection.execute(_TOUCHED, *_arrays(Touch, _sorted(others)))


async def _summarise(connection: "Connection", changes: Changes) -> Collection[UUID]:
    newest: dict[UUID, int] = {}
    for deadline in changes.deadlines.values():
        newest[deadline.ticket] = max(deadline.version, newest.get(deadline.ticket, 0))
    if newest:
        touched = [changes.touched[ticket] for ticket in sorted(newest)]
        ids, tenants, times, public_times = _arrays(Touch, touched)
        await connection.execute(_SUMMARY, ids, tenants, [newest[i] for i in ids], times, public_times)
    return newest


def _sorted(changes: dict[Any, Any]) -> list[Any]:
    return [changes[key] for key in sorted(changes)]


def _arrays(change: type[msgspec.Struct], rows: Collection[msgspec.Struct]) -> list[list[Any]]:
    return [[getattr(row, column) for row in rows] for column in _columns(change)]
