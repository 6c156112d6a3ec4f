"""One ticket as a caller may see it. The tenant stands in every query beside the row-level policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import orjson

from projections.domain.changes import Visibility
from projections.domain.timeline import SOURCES, in_order
from projections.reviewing import read_review
from shared.events.visibility import shown_of
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
    "expected_at": "'infinity'",
    "closure_requested_at": "'infinity'",
    "survey_score": "0",
}
# In force until the engine supersedes the deadline that holds it (R10); until it has heard of it, too.
_AGREED = """CASE WHEN isfinite(t.agreed_due_at) AND (
  SELECT bool_and(d.state = 'superseded') FROM deadlines AS d
  WHERE d.ticket = t.id AND d.tenant = t.tenant AND d.agreed AND d.due_at = t.agreed_due_at
) IS NOT TRUE THEN t.agreed_due_at END AS agreed_due_at"""
_ROUTING = ("line", "team", "assignee")
_FIELDS = ("customer", *_PLAIN, *_TAKEN_BACK, "agreed_due_at", "version", "updated_at", "due_at", "breached")


def columns(support: bool) -> str:
    """The fields of a ticket in a list, as columns of `tickets AS t`; some differ by who asks."""
    seen = "" if support else "public_"
    found = [
        "t.id", "t.tenant AS customer", "t.intake_version AS version", "t.reporter", "t.line",
        *(f"t.{name}" for name in _PLAIN),
        _AGREED,
        *(f"NULLIF(t.{name}, {nothing}) AS {name}" for name, nothing in _TAKEN_BACK.items()),
        f"t.{seen}updated_at AS updated_at", f"t.{seen}breached AS breached",
        f"NULLIF(t.{seen}due_key, 'infinity') AS due_at",
        *(("t.team", "NULLIF(t.assignee, '') AS assignee") if support else ()),
    ]  # fmt: skip
    return ", ".join(found)


_DEADLINE = (
    "id", "kind", "state", "due_at", "warn_at", "soft_due_at", "received_at", "commitment", "agreed",
    "warned", "paused_at", "moved_at", "met_at", "breached_at", "detected_at", "retracted_at",
    "superseded_by", "generation", "policy", "policy_version", "calendar_version", "tzdata_version",
)  # fmt: skip
_SHOWN_AS = {
    "id": "deadline_id",
    "agreed": "coalesce(agreed, false)",
    "warned": "coalesce(warned, false)",
    "paused_at": "CASE WHEN state = 'paused' THEN paused_at END",
}
_DEADLINES = f"""
SELECT ROW({", ".join(_SHOWN_AS.get(name, name) for name in _DEADLINE)})
FROM deadlines
WHERE ticket = $1 AND $2 IN (tenant, '*') AND ($3 OR NOT internal)
ORDER BY due_at, kind, deadline_id
"""  # noqa: S608 - constants only

_HAPPENED = "tenant, source, version, time, recorded_at, event_id, causation_id, type, visibility, data"
_TIMELINE = f"""
SELECT ROW({_HAPPENED})
FROM timeline
WHERE ticket = $1 AND $2 IN (tenant, '*') AND ($3 OR visibility = 'public')
"""  # noqa: S608 - constants only


def _ticket_query(support: bool) -> str:
    return f"""
SELECT {columns(support)}, ARRAY({_DEADLINES}) AS deadlines, ARRAY({_TIMELINE}) AS timeline,
  (SELECT json_object_agg(h.source, h.version) FROM consumer_heads AS h
    WHERE h.subject = t.id AND h.source = ANY ($4)) AS versions
FROM tickets AS t
WHERE t.id = $1 AND $2 IN (t.tenant, '*') AND t.registered_at IS NOT NULL
"""  # noqa: S608 - constants only


_TICKET = {support: _ticket_query(support) for support in (True, False)}


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

    One statement reads it all, for a statement has one snapshot: nothing is newer than its versions say.
    """
    support = tenant == ALL_TENANTS
    row = await connection.fetchrow(_TICKET[support], ticket, tenant, support, list(SOURCES))
    if row is None:
        return Found(None, {})
    known = orjson.loads(row["versions"] or "{}")
    versions = {source.removeprefix("/"): known.get(source, 0) for source in SOURCES}
    timeline = in_order(Row(*happened) for happened in row["timeline"])
    found = {
        **ticket_fields(dict(row)),
        "routing": routing_fields(dict(row)),
        "deadlines": [dict(zip(_DEADLINE, deadline, strict=True)) for deadline in row["deadlines"]],
        "timeline": [entry(happened, support) for happened in timeline],
        "versions": versions,
    }
    if support:
        found["review"] = await read_review(connection, tenant, ticket)
    return Found(found, versions)


async def read_timeline(connection: "Connection", tenant: str, ticket: UUID, *, internal: bool) -> list[Row]:
    """All that happened to `ticket` of the tenant's, what is `internal` too or not, in no order."""
    rows = await connection.fetch(_TIMELINE, ticket, tenant, internal)
    return [Row(*happened) for (happened,) in rows]


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
        "data": data if support else shown_of(row.type, data),
    }
