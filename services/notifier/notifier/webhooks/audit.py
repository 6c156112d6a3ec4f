"""The audit of webhooks: what was done, by whom, and what they were answered; and how a hook ends."""

from typing import Any
from uuid import UUID

import orjson

from notifier.webhooks.views import Row, hook_json
from shared.eventstore.database import Transaction


async def disable_by_system(tx: Transaction, webhook: UUID, because: str) -> None:
    """Give up a hook whose receiver is gone, or has taken nothing for days. Call it with the hook locked."""
    await disable(tx, webhook, because)
    after = await next_version(tx, webhook)
    await write_act(tx, after, "disabled", ("system", "system"), None, hook_json(after))


async def disable(tx: Transaction, webhook: UUID, because: str) -> None:
    """Nothing goes out any more; what waits is dead, and can be sent again once the hook is enabled."""
    await tx.connection.execute(
        "UPDATE webhooks SET state = 'disabled', disabled_because = $2, disabled_at = $3"
        " WHERE id = $1 AND state = 'active'",
        *(webhook, because, tx.now),
    )
    await tx.connection.execute(
        "UPDATE webhook_deliveries SET state = 'dead', reason = 'webhook-disabled', settled_at = $2,"
        " resent = false WHERE webhook = $1 AND state = 'pending'",
        *(webhook, tx.now),
    )


async def next_version(tx: Transaction, webhook: UUID) -> Row:
    """The hook at the version that this act makes."""
    row = await tx.connection.fetchrow(
        "UPDATE webhooks SET version = version + 1 WHERE id = $1 RETURNING *", webhook
    )
    assert row is not None
    return row


async def write_act(
    tx: Transaction, hook: Row, act: str, by: tuple[str, str], traceparent: str | None, answer: dict[str, Any]
) -> None:
    """The act by which the hook came to its version. `by` is the credential's id and its role."""
    await tx.connection.execute(
        "INSERT INTO webhook_acts (webhook, version, tenant, act, by, role, at, traceparent, answer)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *(hook["id"], hook["version"], hook["tenant"], act, *by, tx.now, traceparent),
        orjson.dumps(answer).decode(),
    )
