"""A ticket as it stood at an instant, or as was known by then: the timeline keeps every event whole."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from projections.domain.standing import standing
from projections.domain.timeline import SOURCES, in_order
from projections.reading import Found, Row, entry, read_timeline
from shared.events import codec
from shared.events.envelope import Recorded
from shared.eventstore.database import ALL_TENANTS

if TYPE_CHECKING:
    from shared.eventstore.database import Connection


async def read_past(
    connection: "Connection",
    tenant: str,
    ticket: UUID,
    as_of: datetime | None,
    known_at: datetime | None,
) -> Found:
    """`ticket` after what had happened by `as_of` and was stored by `known_at`; both bounds are included."""
    support = tenant == ALL_TENANTS
    # What a customer may not see has made its mark on the status all the same.
    rows = await read_timeline(connection, tenant, ticket, internal=True)
    rows = [
        row
        for row in rows
        if (as_of is None or row.time <= as_of) and (known_at is None or row.recorded_at <= known_at)
    ]
    rows.sort(key=lambda row: (row.source, row.version))
    stood = standing(ticket, [event for row in rows if (event := _event(ticket, row))], support)
    if stood is None:
        return Found(None, {})
    versions = {source.removeprefix("/"): 0 for source in SOURCES}
    for row in rows:
        versions[row.source.removeprefix("/")] = row.version
    shown = [row for row in rows if support or row.visibility == "public"]
    timeline = [entry(row, support) for row in in_order(shown)]
    return Found({**stood, "timeline": timeline, "versions": versions}, versions)


def _event(ticket: UUID, row: Row) -> Recorded | None:
    data = codec.decode(row.type, row.data.encode())
    if data is None:
        return None
    return Recorded(
        id=row.event_id or ticket,
        type=row.type,
        source=row.source,
        subject=ticket,
        version=row.version,
        tenant=row.tenant,
        time=row.time,
        recorded_at=row.recorded_at,
        correlation_id=ticket,
        causation_id=row.causation_id,
        traceparent=None,
        data=data,
    )
