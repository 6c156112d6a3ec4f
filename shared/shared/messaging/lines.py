"""Lines in PostgreSQL: heads and parked events, read and written in bulk inside the batch's transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from shared.events import wire
from shared.eventstore.database import Transaction
from shared.messaging import offsets
from shared.messaging.offsets import Step
from shared.messaging.order import Aside, Line, Parked, Reason
from shared.messaging.received import Received

_LOAD = """
SELECT asked.subject, h.version, h.event_id, p.version AS parked, p.event_id AS parked_id, p.reason
FROM unnest($2::uuid[]) AS asked (subject)
LEFT JOIN consumer_heads h ON h.source = $1 AND h.subject = asked.subject
LEFT JOIN parked p ON p.source = $1 AND p.subject = asked.subject
"""

# The old version in the condition makes each event count once, whoever else handles the same ticket.
_SAVE = """
INSERT INTO consumer_heads AS h (source, subject, version, event_id)
SELECT $1, subject, version, event_id
FROM unnest($2::uuid[], $3::int[], $4::int[], $5::uuid[]) AS i (subject, began_at, version, event_id)
ON CONFLICT (source, subject) DO UPDATE SET version = excluded.version, event_id = excluded.event_id
WHERE h.version = (
  SELECT began_at FROM unnest($2::uuid[], $3::int[]) AS i (subject, began_at) WHERE i.subject = h.subject
)
"""

_PARK = """
INSERT INTO parked (source, subject, version, reason, error, event_id, headers, value, parked_at)
SELECT $1, i.subject, i.version, i.reason, i.error, i.event_id, i.headers::jsonb, i.value, $9
FROM unnest($2::uuid[], $3::int[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::bytea[])
  AS i (subject, version, reason, error, event_id, headers, value)
ON CONFLICT (source, subject, version) DO UPDATE SET reason = excluded.reason, error = excluded.error
"""


class HeadsMoved(Exception):
    """Another instance has handled some of these events meanwhile: read again."""


async def load(
    tx: Transaction, source: str, subjects: Iterable[UUID], step: Step | None = None
) -> dict[UUID, Line]:
    """The line of every asked subject; with `step`, after moving the offset. Raises OffsetMoved."""
    if step is not None:
        await offsets.advance(tx, step)
    asked = sorted(set(subjects))
    rows = await tx.connection.fetch(_LOAD, source, asked) if asked else []
    lines: dict[UUID, Line] = {}
    for row in rows:
        version = row["version"] or 0
        line = lines.setdefault(row["subject"], Line(version, row["event_id"], began_at=version))
        if row["parked"] is not None:
            line.parked[row["parked"]] = Parked(row["parked_id"], Reason(row["reason"]))
    return lines


async def save(tx: Transaction, source: str, lines: Mapping[UUID, Line]) -> None:
    """Write back what changed. Raises HeadsMoved, and then the transaction must be rolled back."""
    moved = sorted((subject, line) for subject, line in lines.items() if line.version != line.began_at)
    if moved:
        done = await tx.connection.execute(
            _SAVE,
            source,
            [subject for subject, _ in moved],
            [line.began_at for _, line in moved],
            [line.version for _, line in moved],
            [line.event_id for _, line in moved],
        )
        if done != f"INSERT 0 {len(moved)}":
            raise HeadsMoved
    aside = [entry for line in lines.values() for entry in line.aside]
    if aside:
        await tx.connection.execute(
            _PARK, source, *map(list, zip(*map(_columns, aside), strict=True)), tx.now
        )


async def take_parked(tx: Transaction, source: str, subject: UUID, version: int) -> Received:
    """Remove one parked event and return it."""
    row = await tx.connection.fetchrow(
        "DELETE FROM parked WHERE source = $1 AND subject = $2 AND version = $3 RETURNING headers, value",
        source,
        subject,
        version,
    )
    if row is None:
        raise HeadsMoved
    pairs: Sequence[tuple[str, str]] = msgspec.json.decode(row["headers"], type=list[tuple[str, str]])
    return Received(wire.attributes([(name, text.encode()) for name, text in pairs]), row["value"])


def _columns(entry: Aside) -> tuple[Any, ...]:
    received = entry.received
    headers = wire.outgoing(received.attributes, received.value).headers
    return (
        received.subject,
        received.version,
        entry.reason.value,
        entry.error,
        received.attributes.id,
        msgspec.json.encode([(name, text.decode()) for name, text in headers]).decode(),
        received.value,
    )
