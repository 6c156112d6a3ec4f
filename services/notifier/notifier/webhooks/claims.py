"""Deliveries on their way out: claimed before a POST, adopted after a crash (`settling` settles them).

At least once: a process that dies between a POST and its commit leaves the row `sending`, and it goes again
under the same webhook-id, by which a receiver knows it.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from notifier.domain.webhooks import SCHEDULE
from notifier.presence import ALIVE
from notifier.webhooks.signing import Material
from shared.eventstore.database import Transaction

_FIRST: Final = """(l.resent OR NOT EXISTS (
    SELECT FROM webhook_deliveries e WHERE e.webhook = l.webhook AND e.subject = l.subject
    AND e.ordinal < l.ordinal AND e.state IN ('pending', 'sending') AND NOT e.resent))"""
"""Of one hook's deliveries about a ticket only the first unsettled one may go."""

_CLAIM: Final = f"""
WITH due AS (
  SELECT d.id FROM webhooks w CROSS JOIN LATERAL (
    SELECT l.id, l.next_attempt_at, l.ordinal FROM webhook_deliveries l
    WHERE l.webhook = w.id AND l.state = 'pending' AND l.next_attempt_at <= $1 AND {_FIRST}
    ORDER BY l.next_attempt_at, l.ordinal
    LIMIT greatest(0, $4 - (SELECT count(*) FROM webhook_deliveries s
      WHERE s.webhook = w.id AND s.state = 'sending'))
  ) AS d WHERE w.state = 'active' ORDER BY d.next_attempt_at, d.ordinal LIMIT $3
), locked AS (
  SELECT l.id FROM webhook_deliveries l JOIN due USING (id) WHERE l.state = 'pending'
  FOR UPDATE OF l SKIP LOCKED
)
UPDATE webhook_deliveries l SET state = 'sending', claimed_by = $2
FROM locked, webhooks w WHERE l.id = locked.id AND w.id = l.webhook
RETURNING l.id, l.webhook, w.url, l.event_type, l.body, l.attempts, l.traceparent
"""  # noqa: S608 - constants only
"""A hook has so many conversations at once and no more, whatever waits for it: a slow one holds up itself."""
_SECRETS: Final = """
SELECT webhook, seed, key FROM webhook_secrets
WHERE webhook = ANY($1) AND (expires_at IS NULL OR expires_at > $2) ORDER BY webhook, made_in DESC
"""
_NEXT: Final = f"""
SELECT min(d.next_attempt_at) FROM webhooks w CROSS JOIN LATERAL (
  SELECT l.next_attempt_at FROM webhook_deliveries l
  WHERE l.webhook = w.id AND l.state = 'pending' AND {_FIRST}
  ORDER BY l.next_attempt_at, l.ordinal LIMIT 1) AS d
WHERE w.state = 'active'
"""  # noqa: S608 - constants only
_ADOPT: Final = f"""
WITH adopted AS (
  UPDATE webhook_deliveries SET state = CASE WHEN tries < {len(SCHEDULE)} THEN 'pending' ELSE 'dead' END,
    settled_at = CASE WHEN tries >= {len(SCHEDULE)} THEN $1::timestamptz END,
    claimed_by = NULL, attempts = attempts + 1, tries = tries + 1, status = NULL, reason = 'interrupted',
    next_attempt_at = $1
  WHERE state = 'sending' AND (claimed_by = $2 AND id <> ALL($3)
    OR claimed_by <> $2 AND NOT {ALIVE.format("claimed_by")})
  RETURNING id, attempts, tenant
)
INSERT INTO webhook_attempts (delivery, number, tenant, at, error, answer)
SELECT id, attempts, tenant, $1, 'interrupted', '' FROM adopted RETURNING delivery
"""  # noqa: S608 - constants only
"""They go at once, and count, so that what breaks us off every time does not do so for ever."""
_STRANDED: Final = """
WITH stranded AS (
  SELECT l.id FROM webhook_deliveries l JOIN webhooks w ON w.id = l.webhook
  WHERE l.state = 'pending' AND w.state = 'disabled' FOR UPDATE OF l SKIP LOCKED
)
UPDATE webhook_deliveries l SET state = 'dead', reason = 'webhook-disabled', settled_at = $1, resent = false
FROM stranded WHERE l.id = stranded.id
"""
_FORGET: Final = "DELETE FROM webhook_deliveries WHERE settled_at < $1"
_FORGET_SECRETS: Final = "DELETE FROM webhook_secrets WHERE expires_at < $1"
KEPT: Final = timedelta(days=30)
"""How long a settled delivery, and what it said, can be looked up and sent again."""
SECRETS_KEPT: Final = timedelta(days=2)
"""How long an expired secret stays, so that a repeated request can be given its first answer."""


class Claimed(NamedTuple):
    """A delivery in hand; `at` is the instant that its signature bears, `secrets` have the newest first."""

    id: UUID
    webhook: UUID
    url: str
    event_type: str
    body: str
    attempts: int
    traceparent: str | None
    secrets: tuple[Material, ...]
    at: datetime


async def claim(tx: Transaction, instance: int, most: int, per_hook: int) -> list[Claimed]:
    """Take up to `most` due deliveries, the longest due first; no hook has over `per_hook` at once."""
    rows = await tx.connection.fetch(_CLAIM, tx.now, instance, most, per_hook)
    if not rows:
        return []
    found = await tx.connection.fetch(_SECRETS, sorted({row["webhook"] for row in rows}), tx.now)
    materials: dict[UUID, list[Material]] = {}
    for each in found:
        materials.setdefault(each["webhook"], []).append(Material(each["seed"], each["key"]))
    return [
        Claimed(
            id=row["id"],
            webhook=row["webhook"],
            url=row["url"],
            event_type=row["event_type"],
            body=row["body"],
            attempts=row["attempts"],
            traceparent=row["traceparent"],
            secrets=tuple(materials.get(row["webhook"], ())),
            at=tx.now,
        )
        for row in rows
    ]


async def next_due(tx: Transaction) -> datetime | None:
    """When the next delivery that may go falls due, None when none waits for time alone."""
    due: datetime | None = await tx.connection.fetchval(_NEXT)
    return due


async def adopt(tx: Transaction, instance: int, in_hand: list[UUID]) -> list[UUID]:
    """Deliveries that a dead instance had in hand, or a lost commit of ours: they go again."""
    return [row["delivery"] for row in await tx.connection.fetch(_ADOPT, tx.now, instance, in_hand)]


async def end_stranded(tx: Transaction) -> None:
    """What a disabled hook was entered for, or left with, while it was being disabled: dead like the rest.

    It would wait for good, and go out all at once when the hook is enabled again.
    """
    await tx.connection.execute(_STRANDED, tx.now)


async def forget_old(tx: Transaction) -> None:
    """Delete what has been settled for long, with the personal data in it."""
    await tx.connection.execute(_FORGET, tx.now - KEPT)
    await tx.connection.execute(_FORGET_SECRETS, tx.now - SECRETS_KEPT)
