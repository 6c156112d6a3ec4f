"""One ticket as a caller may see it. The tenant stands in every query beside the row-level policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson

from projections.domain.changes import Visibility
from projections.domain.timeline import SOURCES, in_order
from projections.domain.visibility import for_customer
from projections.reviewing import read_review
from shared.eventstore.database import ALL_TENANTS

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

_PLAIN = (
    "number", "contract", "type", "channel", "subject", "description", "priority", "wished_priority",
    "category", "status", "waiting_for", "waiting_since", "split_from", "registered_at",
    "reported_at", "external_ref",
)  # fmt: skip
_TAKEN_BACK = {
    "supplier_reference": "''",
    "merged_into": "''",
    "agreed_due_at": "'infinity'",
    "expected_at": "'infinity'",
    "closure_requested_at": "'infinity'",
    "survey_score": "0",
}
_ROUTING = ("line", "team", "assignee")
_FIELDS = ("customer", *_PLAIN, *_TAKEN_BACK, "version", "updated_at", "due_at", "breached")


def columns(support: bool) -> str:
    """The fields of a ticket in a list, as columns of `tickets AS t`; some differ by who asks."""
    seen = "" if support else "public_"
    found = [
        "t.id", "t.tenant AS customer", "t.intake_version AS version", "t.reporter", "t.line",
        *(f"t.{name}" for name in _PLAIN),
        *(f"NULLIF(t.{name}, {nothing}) AS {name}" for name, nothing in _TAKEN_BACK.items()),
        f"t.{seen}updated_at AS updated_at", f"t.{seen}breached AS breached",
        f"NULLIF(t.{seen}due_key, 'infinity') AS due_at",
        *(("t.team", "NULLIF(t.assignee, '') AS assignee") if support else ()),
    ]  # fmt: skip
    return ", ".join(found)


def _ticket_query(support: bool) -> str:
    return f"""
SELECT {columns(support)},
  (SELECT json_object_agg(h.source, h.version) FROM consumer_heads AS h
    WHERE h.subject = t.id AND h.source = ANY ($3)) AS versions
FROM tickets AS t
WHERE t.id = $1 AND $2 IN (t.tenant, '*') AND t.registered_at IS NOT NULL
"""  # noqa: S608 - constants only


_TICKET = {support: _ticket_query(support) for support in (True, False)}

_DEADLINES = """
SELECT deadline_id AS id, kind, state, due_at, warn_at, soft_due_at, received_at, commitment,
  coalesce(agreed, false) AS agreed, coalesce(warned, false) AS warned,
  CASE WHEN state = 'paused' THEN paused_at END AS paused_at, moved_at, met_at, breached_at, detected_at,
  retracted_at, superseded_by, generation, policy, policy_version, calendar_version, tzdata_version
FROM deadlines
WHERE ticket = $1 AND $2 IN (tenant, '*') AND ($3 OR NOT internal)
ORDER BY due_at, kind, deadline_id
"""

_TIMELINE = """
SELECT tenant, source, version, time, recorded_at, event_id, causation_id, type, visibility, data
FROM timeline
WHERE ticket = $1 AND $2 IN (tenant, '*') AND ($3 OR visibility = 'public')
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found: the ticket or None, and its versions by source."""

    ticket: dict[str, Any] | None
    versions: Mapping[str, int]


class Row(NamedTuple):
    """A row of the timeline."""

    tenant: str
    source: str
    version: int
    time: datetime
    recorded_at: datetime
    event_id: UUID | None
    causation_id: UUID | None
    type: str
    visibility: Visibility
    data: str


async def read_ticket(connection: "Connection", tenant: str, ticket: UUID) -> Found:
    """`ticket` with routing, deadlines and timeline. It is there once opened, and only for its own tenant.

    Versions are read first: what follows may be newer than they say, never older.
    """
    support = tenant == ALL_TENANTS
    row = await connection.fetchrow(_TICKET[support], ticket, tenant, list(SOURCES))
    if row is None:
        return Found(None, {})
    known = orjson.loads(row["versions"] or "{}")
    versions = {source.removeprefix("/"): known.get(source, 0) for source in SOURCES}
    deadlines = await connection.fetch(_DEADLINES, ticket, tenant, support)
    timeline = await read_timeline(connection, tenant, ticket, internal=support)
    found = {
        **ticket_fields(dict(row)),
        "routing": routing_fields(dict(row)),
        "deadlines": [dict(deadline) for deadline in deadlines],
        "timeline": [entry(row, support) for row in in_order(timeline)],
        "versions": versions,
    }
    if support:
        found["review"] = await read_review(connection, tenant, ticket)
    return Found(found, versions)


async def read_timeline(connection: "Connection", tenant: str, ticket: UUID, *, internal: bool) -> list[Row]:
    """All that happened to `ticket` of the tenant's, what is `internal` too or not, in no order."""
    rows = await connection.fetch(_TIMELINE, ticket, tenant, internal)
    return [Row(*row.values()) for row in rows]


def ticket_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """The contract's ticket, and what is known of it besides, from a row read with `columns`."""
    reporter = row["reporter"]
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in _FIELDS},
        "reporter": None if reporter is None else orjson.Fragment(reporter),
    }


def routing_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """Where it stands: of the customer's own rows, only the line."""
    return {name: row[name] for name in _ROUTING if name in row}


def entry(row: Row, support: bool) -> dict[str, Any]:
    """One thing that happened, as the caller may see it."""
    data = orjson.loads(row.data)
    return {
        "source": row.source.removeprefix("/"),
        "version": row.version,
        "type": row.type,
        "time": row.time,
        "recorded_at": row.recorded_at,
        "visibility": row.visibility,
        "data": data if support else for_customer(row.source, data),
    }
