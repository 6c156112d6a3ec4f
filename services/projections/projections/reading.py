"""One ticket as a caller may see it. The tenant stands in every query beside the row-level policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import orjson

from projections.domain.timeline import for_customer
from shared.eventstore.database import ALL_TENANTS

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

SOURCES = ("/intake", "/sla-engine", "/escalation", "/notifier")

COLUMNS = """t.id, t.number, t.tenant AS customer, t.contract, t.type, t.channel, t.subject, t.description,
  t.priority, t.wished_priority, t.category, t.status, t.intake_version AS version, t.registered_at,
  t.reported_at, t.updated_at, t.external_ref, t.reporter"""
"""The contract's ticket, as columns of `tickets AS t`."""

_FIELDS = (
    "number", "customer", "contract", "type", "channel", "subject", "description", "priority",
    "wished_priority", "category", "status", "version", "registered_at", "reported_at", "updated_at",
    "external_ref",
)  # fmt: skip

_TICKET = f"""
SELECT {COLUMNS}, t.line, t.team,
  NULLIF(CASE WHEN $3 THEN t.due_at ELSE t.public_due_at END, 'infinity') AS due_at,
  CASE WHEN $3 THEN t.breached ELSE t.public_breached END AS breached,
  (SELECT json_object_agg(h.source, h.version) FROM consumer_heads AS h
    WHERE h.subject = t.id AND h.source = ANY ($4)) AS versions
FROM tickets AS t
WHERE t.id = $1 AND $2 IN (t.tenant, '*') AND t.registered_at IS NOT NULL
"""  # noqa: S608 - constants only

_DEADLINES = """
SELECT deadline_id AS id, kind, state, due_at, warn_at, soft_due_at, received_at, commitment,
  coalesce(warned, false) AS warned, met_at, breached_at, detected_at, retracted_at, superseded_by,
  generation, policy, policy_version, calendar_version, tzdata_version
FROM deadlines
WHERE ticket = $1 AND $2 IN (tenant, '*') AND ($3 OR NOT internal)
ORDER BY due_at, kind, deadline_id
"""

_TIMELINE = """
SELECT source, version, time, recorded_at, type, visibility, data FROM timeline
WHERE ticket = $1 AND $2 IN (tenant, '*') AND ($3 OR visibility = 'public')
ORDER BY time, source, version
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found: the ticket or None, and its versions by source."""

    ticket: dict[str, Any] | None
    versions: Mapping[str, int]


async def read_ticket(connection: "Connection", tenant: str, ticket: UUID) -> Found:
    """`ticket` with routing, deadlines and timeline. It is there once opened, and only for its own tenant.

    Versions are read first: what follows may be newer than they say, never older.
    """
    support = tenant == ALL_TENANTS
    row = await connection.fetchrow(_TICKET, ticket, tenant, support, list(SOURCES))
    if row is None:
        return Found(None, {})
    known = orjson.loads(row["versions"] or "{}")
    versions = {source.removeprefix("/"): known.get(source, 0) for source in SOURCES}
    deadlines = await connection.fetch(_DEADLINES, ticket, tenant, support)
    timeline = await connection.fetch(_TIMELINE, ticket, tenant, support)
    found = {
        **ticket_fields(row),
        "due_at": row["due_at"],
        "breached": row["breached"],
        "routing": {"line": row["line"], **({"team": row["team"]} if support else {})},
        "deadlines": [dict(deadline) for deadline in deadlines],
        "timeline": [_entry(entry, support) for entry in timeline],
        "versions": versions,
    }
    return Found(found, versions)


def ticket_fields(row: asyncpg.Record) -> dict[str, Any]:
    """The contract's ticket from a row read with COLUMNS."""
    reporter = row["reporter"]
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in _FIELDS},
        "reporter": None if reporter is None else orjson.Fragment(reporter),
    }


def _entry(row: asyncpg.Record, support: bool) -> dict[str, Any]:
    data = orjson.loads(row["data"])
    source = row["source"]
    return {
        "source": source.removeprefix("/"),
        "version": row["version"],
        "type": row["type"],
        "time": row["time"],
        "recorded_at": row["recorded_at"],
        "visibility": row["visibility"],
        "data": data if support else for_customer(source, data),
    }
