"""The ledger's way out: rows claimed before a conversation, settled after it, adopted after a crash."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple, assert_never
from uuid import UUID

import msgspec

from notifier.domain.ticket import Ticket
from notifier.outcomes import Accepted, Deferred, Exhausted, Outcome, Refused, Unknown, Unreached
from notifier.presence import ALIVE
from shared.events.notification import Recipient
from shared.eventstore.database import Transaction

LONGEST_PAUSE: Final = timedelta(seconds=60)
GIVE_UP_AFTER: Final = timedelta(days=2)
"""How long a temporary refusal is retried, as mail servers do."""
RESENDS: Final = 1
"""How often a mail goes again of which nobody knows whether it was taken, always under its Message-ID."""

_FIRST = """NOT EXISTS (
    SELECT FROM ledger e WHERE e.ticket = l.ticket AND e.person = l.person
    AND (e.template <> 'ticket_opened', e.ordinal) < (l.template <> 'ticket_opened', l.ordinal)
    AND (e.state IN ('pending', 'sending', 'unknown') OR e.state = 'held' AND e.next_attempt_at <= {now}))"""
"""Of one ticket's mails to one person only the first unsettled one may go: a solution must not arrive
before the answer that a busy server put off. The confirmation is the first, whatever was heard before it.
What is held keeps nothing back until its time has come."""

_CLAIM = f"""
WITH due AS (
  SELECT l.id, l.ticket, l.person, l.state FROM ledger l JOIN states s ON s.subject = l.ticket
  WHERE l.state IN ('pending', 'held', 'unknown') AND l.carrier IS NULL AND l.next_attempt_at <= $1
  AND s.body->>'number' <> '' AND {_FIRST.format(now="$1")}
  ORDER BY l.next_attempt_at, l.ordinal LIMIT $3 FOR UPDATE OF l SKIP LOCKED
), along AS (
  SELECT m.id, due.id AS carrier FROM due JOIN ledger m ON m.ticket = due.ticket AND m.person = due.person
  WHERE m.carrier = due.id AND m.state IN ('pending', 'unknown')
  OR due.state = 'held' AND m.state = 'held' AND m.carrier IS NULL AND m.id <> due.id
  FOR UPDATE OF m
), taken AS (
  SELECT id, NULL::uuid AS carrier FROM due UNION ALL SELECT id, carrier FROM along
), claimed AS (
  UPDATE ledger l SET state = 'sending', attempts = attempts + 1, claimed_by = $2, carrier = taken.carrier
  FROM taken WHERE l.id = taken.id RETURNING l.*
)
SELECT claimed.*, s.body FROM claimed JOIN states s ON s.subject = claimed.ticket ORDER BY ordinal
"""  # noqa: S608 - constants only
"""With a held row goes all that is held for the same person and ticket, in its mail, and stays with it."""
_UNBEGUN = """
UPDATE ledger SET state = 'pending', attempts = attempts - 1 WHERE state = 'sending' AND claimed_by = $1
"""
_ADOPT = f"""
UPDATE ledger SET state = 'unknown', ambiguities = ambiguities + 1, next_attempt_at = $1,
  reason = 'interrupted'
WHERE state = 'sending' AND claimed_by <> $2 AND NOT {ALIVE.format("claimed_by")}
RETURNING id
"""  # noqa: S608 - constants only
_SETTLE = """
UPDATE ledger l SET state = i.state, reason = i.reason, attempts = l.attempts - i.uncounted,
  ambiguities = l.ambiguities + (i.state = 'unknown')::int, next_attempt_at = i.next_attempt_at,
  settled_at = CASE WHEN i.state IN ('sent', 'failed') THEN $7::timestamptz END
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
  AS i (id, state, reason, uncounted, next_attempt_at)
WHERE l.id = i.id AND l.state = 'sending' AND l.claimed_by = $6
RETURNING l.id
"""
_NEXT = f"""
SELECT min(l.next_attempt_at) FROM ledger l
WHERE l.state IN ('pending', 'held', 'unknown') AND l.carrier IS NULL AND l.next_attempt_at < 'infinity'
AND {_FIRST.format(now="$1")}
"""  # noqa: S608 - constants only


class Claimed(NamedTuple):
    """A row in hand, with its ticket as it is known now."""

    id: UUID
    ticket_id: UUID
    tenant: str
    event_id: UUID
    event_time: datetime
    correlation_id: UUID
    traceparent: str | None
    recipient: Recipient
    template: str
    facts: dict[str, object]
    address: str
    attempts: int
    ambiguities: int
    created_at: datetime
    ticket: Ticket
    carrier: UUID | None = None


class Mail(NamedTuple):
    """What goes in one mail: the row that it is named after, and those that go along, in their order."""

    lead: Claimed
    along: tuple[Claimed, ...] = ()

    @property
    def rows(self) -> tuple[Claimed, ...]:
        """Every row in it, in the order of the facts."""
        return (self.lead, *self.along)


class Settled(NamedTuple):
    """What came of a row; `traceparent` continues the trace of its conversation.

    `lead` is the row whose mail carried it: it is given up with that one, never by itself.
    """

    row: Claimed
    outcome: Outcome
    traceparent: str | None
    lead: Claimed | None = None


async def claim(tx: Transaction, instance: int, most: int) -> list[Mail]:
    """Take up to `most` due mails, oldest first; nobody else can take their rows until they are settled.

    Of one ticket and person it is one mail, the next in order.
    """
    rows = await tx.connection.fetch(_CLAIM, tx.now, instance, most)
    claimed = [
        Claimed(
            id=row["id"],
            ticket_id=row["ticket"],
            tenant=row["tenant"],
            event_id=row["event_id"],
            event_time=row["event_time"],
            correlation_id=row["correlation_id"],
            traceparent=row["traceparent"],
            recipient=row["recipient"],
            template=row["template"],
            facts=msgspec.json.decode(row["facts"]),
            address=row["address"],
            attempts=row["attempts"],
            ambiguities=row["ambiguities"],
            created_at=row["created_at"],
            ticket=msgspec.json.decode(row["body"], type=Ticket),
            carrier=row["carrier"],
        )
        for row in rows
    ]
    return [
        Mail(lead, tuple(row for row in claimed if row.carrier == lead.id))
        for lead in claimed
        if lead.carrier is None
    ]


async def take_back(tx: Transaction, instance: int) -> None:
    """Rows of our own claim whose commit was not heard of: nothing was begun with them. Call it only while
    this instance has no conversation open."""
    await tx.connection.execute(_UNBEGUN, instance)


async def adopt(tx: Transaction, instance: int) -> list[UUID]:
    """Rows that a dead instance was sending: whether they went out is not known, so they go once more."""
    return [row["id"] for row in await tx.connection.fetch(_ADOPT, tx.now, instance)]


async def settle(tx: Transaction, instance: int, settled: Sequence[Settled]) -> set[UUID]:
    """Write down what came of each row; returns those that were still this instance's to settle."""
    written = [_written(each, tx.now) for each in settled]
    columns = map(list, zip(*written, strict=True))
    return {row["id"] for row in await tx.connection.fetch(_SETTLE, *columns, instance, tx.now)}


async def next_due(tx: Transaction) -> datetime | None:
    """When the next row that may go falls due, None when none waits for time alone."""
    due: datetime | None = await tx.connection.fetchval(_NEXT, tx.now)
    return due


def given_up(settled: Settled, now: datetime) -> bool:
    """Whether a temporary refusal has lasted too long, or the mail may have gone out often enough."""
    row = settled.lead or settled.row
    match settled.outcome:
        case Deferred():
            return now - row.created_at > GIVE_UP_AFTER
        case Unknown():
            return row.ambiguities >= RESENDS
        case _:
            return False


def pause_after(attempts: int) -> timedelta:
    """One second after the first attempt, doubled for each more, up to a minute."""
    return min(LONGEST_PAUSE, timedelta(seconds=2 ** min(attempts - 1, 10)))


def _written(settled: Settled, now: datetime) -> tuple[UUID, str, str, int, datetime]:
    row, outcome = settled.row, settled.outcome
    again = now + pause_after((settled.lead or row).attempts)
    match outcome:
        case Accepted():
            return row.id, "sent", "", 0, now
        case Refused(reason):
            return row.id, "failed", reason, 0, now
        case Exhausted(reason):
            return row.id, "failed", reason, 1, now
        case Deferred(reason):
            return row.id, "failed" if given_up(settled, now) else "pending", reason, 0, again
        case Unknown(reason):
            return row.id, "failed" if given_up(settled, now) else "unknown", reason, 0, again
        case Unreached(reason):
            return row.id, "pending", reason, 1, now
        case _:
            assert_never(outcome)
