"""The first statement of a batch's transaction: its clock, the partition's offset, and the heads it advances.

Nearly every batch brings each of its tickets the very next versions. Those heads move here at once; a ticket
of which something is parked, missing or held already is left for `lines` to look at.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from shared.eventstore.database import STAMP, Transaction
from shared.messaging.offsets import OffsetMoved, Step
from shared.messaging.received import Received

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

# A head that is not what was expected is left alone, unlocked: what a feed tells is mostly held already. The
# condition of the update is for another instance that is faster.
_ADVANCE = f"""
WITH stamp AS MATERIALIZED (SELECT {STAMP}), moved AS ({{moved}}), asked AS MATERIALIZED (
  SELECT * FROM unnest($2::uuid[], $3::int[], $4::int[], $5::uuid[]) AS a (subject, before, last, event_id)
), advanced AS (
  INSERT INTO consumer_heads AS h (source, subject, version, event_id)
  SELECT $1, a.subject, a.last, a.event_id FROM asked a
  WHERE NOT EXISTS (SELECT FROM parked p WHERE p.source = $1 AND p.subject = a.subject)
  AND a.before = coalesce(
    (SELECT k.version FROM consumer_heads k WHERE k.source = $1 AND k.subject = a.subject), 0)
  ORDER BY a.subject
  ON CONFLICT (source, subject) DO UPDATE SET version = excluded.version, event_id = excluded.event_id
  WHERE h.version = (SELECT before FROM asked a WHERE a.subject = h.subject)
  RETURNING subject
)
SELECT xid, now, EXISTS (SELECT FROM moved) AS moved, ARRAY (SELECT subject FROM advanced) AS advanced
FROM stamp
"""  # noqa: S608 - constants only
_FROM_LOG = _ADVANCE.format(
    moved="UPDATE consumer_offsets SET next_offset = $9, last_event_id = $10"
    " WHERE topic = $6 AND partition = $7 AND next_offset = $8 RETURNING 1"
)
_FROM_FEED = _ADVANCE.format(moved="SELECT 1")


class Begun(NamedTuple):
    """A transaction that has its time; all given events of `advanced` are to be handled."""

    tx: Transaction
    advanced: frozenset[UUID]


async def begin(
    connection: "Connection",
    offset: timedelta,
    source: str,
    events: Sequence[Received],
    step: Step | None,
) -> Begun:
    """Stamp the open transaction, with `step` move the partition's offset, and move the heads that can.

    `offset` is added to the database's clock. Raises OffsetMoved.
    """
    spans = _spans(events)
    arguments = (
        source,
        list(spans),
        [span.before for span in spans.values()],
        [span.last.version for span in spans.values()],
        [span.last.attributes.id for span in spans.values()],
    )
    row = await (
        connection.fetchrow(_FROM_FEED, *arguments)
        if step is None
        else connection.fetchrow(_FROM_LOG, *arguments, *step)
    )
    assert row is not None
    if not row["moved"]:
        raise OffsetMoved
    tx = Transaction(connection, row["now"] + offset, int(row["xid"]))
    return Begun(tx, frozenset(row["advanced"]))


class _Span(NamedTuple):
    """Consecutive versions of one ticket: those after `before`, up to `last`."""

    before: int
    last: Received


def _spans(events: Sequence[Received]) -> dict[UUID, _Span]:
    """The tickets whose given versions follow each other without a gap or a repetition."""
    spans: dict[UUID, _Span | None] = {}
    for event in events:
        span = spans.get(event.subject, _Span(event.version - 1, event))
        if span is not None and span.last is not event:
            span = _Span(span.before, event) if event.version == span.last.version + 1 else None
        spans[event.subject] = span
    return {subject: span for subject, span in spans.items() if span is not None}
