"""What came of an attempt, written down: the delivery, the log, those behind it, and how the hook fares."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from notifier.domain.webhooks import is_hopeless, next_pause
from notifier.webhooks.claims import Claimed
from notifier.webhooks.posting import Posted
from shared.eventstore.database import Transaction

if TYPE_CHECKING:
    import asyncpg

_SETTLE: Final = """
UPDATE webhook_deliveries SET state = $3, attempts = attempts + 1, tries = tries + 1, status = $4,
  reason = $5, next_attempt_at = $6, claimed_by = NULL, resent = resent AND $3 = 'pending',
  settled_at = CASE WHEN $3 IN ('delivered', 'dead') THEN $7::timestamptz END
WHERE id = $1 AND state = 'sending' AND claimed_by = $2
RETURNING attempts, tenant, subject, ordinal
"""
_FOLLOWERS: Final = """
UPDATE webhook_deliveries SET next_attempt_at = $4
WHERE webhook = $1 AND subject = $2 AND ordinal > $3 AND state = 'pending' AND tries = 0 AND NOT resent
"""
"""What waits behind a delivery is due with it; so that it is not looked at, over and over, before that."""
_NOTE: Final = """
INSERT INTO webhook_attempts (delivery, number, tenant, at, duration_ms, status, error, answer)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class Done(NamedTuple):
    """An attempt that has ended; `jitter` in [0, 1) lengthens the pause that may follow."""

    claimed: Claimed
    posted: Posted
    took: timedelta
    jitter: float


async def settle(tx: Transaction, instance: int, done: Done) -> str | None:
    """Write down what came of an attempt. Returns why the hook is to be disabled, None when it is not."""
    claimed, posted = done.claimed, done.posted
    # The hook before its deliveries, as everywhere, so that nobody waits in a circle.
    hook = await tx.connection.fetchrow(
        "SELECT w.state, w.failing_since, d.tries FROM webhooks w"
        " JOIN webhook_deliveries d ON d.webhook = w.id WHERE d.id = $1 FOR NO KEY UPDATE OF w",
        claimed.id,
    )
    if hook is None:
        return None
    state, again = _next(hook, done, tx.now)
    row = await tx.connection.fetchrow(
        _SETTLE, claimed.id, instance, state, posted.status, posted.error, again, tx.now
    )
    if row is None:
        return None
    took = round(done.took.total_seconds() * 1000)
    await tx.connection.execute(
        _NOTE,
        *(claimed.id, row["attempts"], row["tenant"], claimed.at, took),
        *(posted.status, posted.error, posted.answer),
    )
    await tx.connection.execute(_FOLLOWERS, claimed.webhook, row["subject"], row["ordinal"], again)
    failing_since = None if posted.error is None else hook["failing_since"] or tx.now
    await tx.connection.execute(
        "UPDATE webhooks SET failing_since = $2, last_success_at = CASE WHEN $2::timestamptz IS NULL"
        " THEN $3 ELSE last_success_at END WHERE id = $1",
        claimed.webhook,
        failing_since,
        tx.now,
    )
    if hook["state"] != "active":
        return None
    if posted.error == "gone":
        return "gone"
    return "no-success" if state == "dead" and is_hopeless(failing_since, tx.now) else None


def _next(hook: "asyncpg.Record", done: Done, now: datetime) -> tuple[str, datetime]:
    posted = done.posted
    if posted.error is None:
        return "delivered", now
    asked = posted.retry_after
    pause = next_pause(hook["tries"] + 1, done.jitter, asked - now if isinstance(asked, datetime) else asked)
    if pause is None or posted.error == "gone" or hook["state"] != "active":
        return "dead", now
    return "pending", now + pause
