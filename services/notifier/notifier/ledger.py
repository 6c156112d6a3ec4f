"""The ledger's way in: rows entered with the facts they follow from, released once the ticket is known."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from notifier.domain.notices import Notice
from shared.events.envelope import Recorded
from shared.eventstore.database import Transaction

EMAIL: Final = "email"

_ENTER = """
INSERT INTO ledger (id, ticket, tenant, event_id, event_type, event_time, correlation_id, traceparent,
  recipient, channel, template, facts, address, created_at, next_attempt_at)
SELECT id, ticket, tenant, event_id, event_type, event_time, correlation_id, traceparent,
  recipient, $13, template, facts::json, address, $14,
  CASE WHEN address IS NULL THEN 'infinity'::timestamptz ELSE $14 END
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::uuid[],
  $8::text[], $9::text[], $10::text[], $11::text[], $12::text[])
  AS i (id, ticket, tenant, event_id, event_type, event_time, correlation_id, traceparent,
    recipient, template, facts, address)
ON CONFLICT DO NOTHING
"""
_RELEASE = """
UPDATE ledger l SET address = known.address, next_attempt_at = $5 FROM (
  SELECT l.id, CASE l.recipient WHEN 'reporter' THEN k.reporter
                                WHEN 'service_manager' THEN k.service_manager ELSE k.team END AS address
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS k (ticket, reporter, service_manager, team)
  JOIN ledger l ON l.ticket = k.ticket AND l.state = 'pending' AND l.address IS NULL
) AS known WHERE known.id = l.id AND known.address IS NOT NULL
"""
_DROP = "DELETE FROM ledger WHERE ticket = ANY($1) AND state = 'pending' AND address IS NULL"


class NewRow(NamedTuple):
    """Something to be told. Without an `address` it waits until its ticket is known."""

    id: UUID
    fact: Recorded
    notice: Notice
    address: str | None


class Reached(NamedTuple):
    """Where a ticket's people are reached, now that the ticket is known."""

    ticket: UUID
    reporter: str | None
    service_manager: str | None
    team: str | None


async def enter(tx: Transaction, rows: Sequence[NewRow]) -> None:
    """Write all of `rows` in one statement; what was entered before stays as it is."""
    if not rows:
        return
    columns = zip(*map(_values, rows), strict=True)
    await tx.connection.execute(_ENTER, *map(list, columns), EMAIL, tx.now)


async def release(tx: Transaction, reached: Sequence[Reached]) -> None:
    """Address what waited for these tickets; what has nobody to go to is dropped."""
    if not reached:
        return
    tickets, *addresses = map(list, zip(*reached, strict=True))
    await tx.connection.execute(_RELEASE, tickets, *addresses, tx.now)
    await tx.connection.execute(_DROP, tickets)


def _values(row: NewRow) -> tuple[object, ...]:
    fact, notice = row.fact, row.notice
    return (
        row.id,
        fact.subject,
        fact.tenant,
        fact.id,
        fact.type,
        fact.time,
        fact.correlation_id,
        fact.traceparent,
        notice.recipient,
        notice.template,
        msgspec.json.encode(notice.facts).decode(),
        row.address,
    )
