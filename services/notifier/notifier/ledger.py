"""The ledger's way in: what is to be told, entered with the facts it follows from, held where it may wait."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from notifier.domain.notice import Notice
from notifier.domain.recipients import person_at
from shared.events.envelope import Recorded
from shared.events.ids import derived_id
from shared.eventstore.database import Transaction

EMAIL: Final = "email"

_ENTER = """
WITH entered AS (
  INSERT INTO ledger (id, ticket, tenant, event_id, event_type, event_time, correlation_id, traceparent,
    recipient, channel, template, facts, urgent, team, address, person, created_at,
    state, hold, send_after, next_attempt_at)
  SELECT id, ticket, tenant, event_id, event_type, event_time, correlation_id, traceparent,
    recipient, $17, template, facts::json, urgent, team, address, person, $18,
    CASE WHEN send_after IS NULL THEN 'pending' ELSE 'held' END,
    CASE WHEN quiet_until IS NOT NULL THEN 'quiet_hours' WHEN send_after IS NOT NULL THEN 'burst' END,
    send_after,
    CASE WHEN address IS NULL THEN 'infinity'::timestamptz ELSE coalesce(send_after, $18) END
  FROM (
    SELECT i.*, greatest(quiet_until, CASE WHEN address IS NOT NULL AND NOT urgent AND (follows OR EXISTS (
      SELECT FROM ledger e WHERE e.ticket = i.ticket AND e.person = i.person AND NOT e.urgent
      AND e.created_at > $18::timestamptz - $19::interval)) AND $19::interval > '0'
      THEN $18::timestamptz + $19::interval END) AS send_after
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::uuid[],
      $8::text[], $9::text[], $10::text[], $11::text[], $12::bool[], $13::text[], $14::text[], $15::text[],
      $16::timestamptz[], $20::bool[])
      AS i (id, ticket, tenant, event_id, event_type, event_time, correlation_id, traceparent,
        recipient, template, facts, urgent, team, address, person, quiet_until, follows)
  ) AS j
  ON CONFLICT DO NOTHING
  RETURNING id, state, hold, send_after
)
SELECT id, hold, send_after FROM entered WHERE state = 'held'
"""
"""`follows`: an earlier row of the same statement is for the same person and ticket; the statement itself
does not see it."""
_TAKE_WAITING = """
WITH waiting AS (
  DELETE FROM ledger WHERE ticket = ANY($1) AND state = 'pending' AND address IS NULL RETURNING *
)
SELECT * FROM waiting ORDER BY ordinal
"""
_HASTEN = "UPDATE ledger SET next_attempt_at = $2 WHERE ticket = ANY($1) AND state = 'held'"


class Cause(NamedTuple):
    """What a row tells of: the part of a fact that the ledger keeps."""

    ticket: UUID
    tenant: str
    event_id: UUID
    event_type: str
    event_time: datetime
    correlation_id: UUID
    traceparent: str | None

    @classmethod
    def of(cls, fact: Recorded) -> "Cause":
        """The cause that `fact` is."""
        return cls(
            fact.subject, fact.tenant, fact.id, fact.type, fact.time, fact.correlation_id, fact.traceparent
        )


class NewRow(NamedTuple):
    """Something to be told. Without an `address` it waits until its ticket is known."""

    cause: Cause
    notice: Notice
    urgent: bool
    address: str | None
    quiet_until: datetime | None = None

    @property
    def id(self) -> UUID:
        """Derived, so that hearing a fact again enters the same row."""
        return row_id(self.cause.event_id, self.notice.recipient)


class HeldBack(NamedTuple):
    """A row that was entered and waits until `until`."""

    row: NewRow
    reason: str
    until: datetime


def row_id(event_id: UUID, recipient: str) -> UUID:
    """The row that tells `recipient` of an event."""
    return derived_id(event_id, "notification", f"{recipient}/{EMAIL}")


async def enter(tx: Transaction, rows: Sequence[NewRow], window: timedelta) -> list[HeldBack]:
    """Write all of `rows` in one statement; what was entered before stays, and no person is told twice.

    A row that may wait, less than `window` after another to the same person about the same ticket, is held
    for that long. Returns what is held.
    """
    if not rows:
        return []
    columns = [list(column) for column in zip(*map(_values, rows), strict=True)]
    held = await tx.connection.fetch(_ENTER, *columns, EMAIL, tx.now, window, _following(rows))
    by_id = {row.id: row for row in rows}
    return [HeldBack(by_id[row["id"]], row["hold"], row["send_after"]) for row in held]


async def take_waiting(tx: Transaction, tickets: Sequence[UUID]) -> list[tuple[Cause, Notice]]:
    """Take out what waited for these tickets, to be entered again now that they are known."""
    if not tickets:
        return []
    return [
        (
            Cause(*(row[name] for name in Cause._fields)),
            Notice(
                row["template"],
                row["recipient"],
                msgspec.json.decode(row["facts"]),
                urgent=row["urgent"],
                team=row["team"],
            ),
        )
        for row in await tx.connection.fetch(_TAKE_WAITING, list(tickets))
    ]


async def hasten(tx: Transaction, tickets: Sequence[UUID]) -> None:
    """Let go at once what is held about these tickets: they have become too urgent to wait."""
    if tickets:
        await tx.connection.execute(_HASTEN, list(tickets), tx.now)


def _following(rows: Sequence[NewRow]) -> list[bool]:
    seen: set[tuple[UUID, str]] = set()
    follows = []
    for row in rows:
        at = (row.cause.ticket, person_at(row.address or ""))
        follows.append(at in seen)
        if not row.urgent:
            seen.add(at)
    return follows


def _values(row: NewRow) -> tuple[object, ...]:
    notice = row.notice
    return (
        row.id,
        *row.cause,
        notice.recipient,
        notice.template,
        msgspec.json.encode(notice.facts).decode(),
        row.urgent,
        notice.team,
        row.address,
        None if row.address is None else person_at(row.address),
        row.quiet_until,
    )
