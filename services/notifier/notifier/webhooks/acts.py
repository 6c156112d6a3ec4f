"""What is done to webhooks: each act in one transaction, with its audit and the answer to give again."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from notifier.domain.webhooks import OVERLAP
from notifier.webhooks.audit import disable, next_version, write_act
from notifier.webhooks.reading import Hooks
from notifier.webhooks.repeating import Acted, Asked, Once
from notifier.webhooks.views import Row, delivery_json, hook_json
from shared.errors import Conflict, NotFound, Stale
from shared.events.codec import instant
from shared.events.ids import new_id
from shared.eventstore.database import Transaction
from shared.runtime.auth import ALL_TENANTS
from shared.runtime.refusals import Forbidden

MOST_ACTIVE: Final = 20
"""Active hooks of one customer, and of all of ours together: each costs every event a look."""
TEST_TYPE: Final = "WebhookTested.v1"


class New(NamedTuple):
    """A hook to be made, checked."""

    url: str
    types: list[str] | None
    customer: str | None
    description: str | None


Change = Callable[[Transaction, Row], Awaitable[dict[str, Any] | None]]


class Acts:
    """The owner's side of a webhook."""

    def __init__(self, once: Once, hooks: Hooks) -> None:
        self._once = once
        self._hooks = hooks

    async def create(self, new: New, asked: Asked) -> Acted:
        """A new hook, active, with its first secret. Raises Conflict past the bound."""

        async def make(tx: Transaction) -> Acted:
            tenant = asked.who.tenant
            await _room(tx, tenant)
            webhook = new_id()
            row = await tx.connection.fetchrow(
                "INSERT INTO webhooks (id, tenant, audience, customer, url, types, description, state,"
                " version, created_by, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', 1, $8, $9) RETURNING *",
                *(webhook, tenant, asked.audiences[0], new.customer, new.url, new.types, new.description),
                *(asked.who.id, tx.now),
            )
            assert row is not None
            secret = await self._once.new_secret(tx, webhook, 1)
            await write_act(tx, row, "created", *asked.by, hook_json(row))
            return Acted(webhook, 1, hook_json(row), secret)

        return await self._once.do(asked, make)

    async def rotate(self, webhook: UUID, asked: Asked) -> Acted:
        """A new secret. The one before it signs beside it for another day, any older one no more."""

        async def change(tx: Transaction, hook: Row) -> None:
            if hook["audience"] != asked.audiences[0]:
                raise Forbidden("not-yours", "A secret is for those on whose behalf the webhook listens.")
            await tx.connection.execute(
                "UPDATE webhook_secrets SET expires_at = CASE WHEN expires_at IS NULL THEN $3 ELSE $2 END"
                " WHERE webhook = $1 AND (expires_at IS NULL OR expires_at > $2)",
                webhook,
                tx.now,
                tx.now + OVERLAP,
            )

        return await self._act(webhook, "rotated", asked, change, secret=True)

    async def disable(self, webhook: UUID, asked: Asked) -> Acted:
        """Nothing goes out any more, and nothing is kept for later."""

        async def change(tx: Transaction, hook: Row) -> None:
            await disable(tx, webhook, "owner")

        return await self._act(webhook, "disabled", asked, change)

    async def enable(self, webhook: UUID, asked: Asked) -> Acted:
        """From now on events go out again. Raises Conflict past the bound."""

        async def change(tx: Transaction, hook: Row) -> None:
            if hook["state"] == "disabled":
                await _room(tx, hook["tenant"])
            await tx.connection.execute(
                "UPDATE webhooks SET state = 'active', disabled_because = NULL, disabled_at = NULL,"
                " failing_since = NULL WHERE id = $1 AND state = 'disabled'",
                webhook,
            )

        return await self._act(webhook, "enabled", asked, change)

    async def test(self, webhook: UUID, asked: Asked) -> Acted:
        """A delivery that tells of nothing. Raises Conflict for a disabled hook."""

        async def change(tx: Transaction, hook: Row) -> dict[str, Any]:
            _must_be_active(hook)
            event = new_id()
            row = await tx.connection.fetchrow(
                "INSERT INTO webhook_deliveries (id, webhook, tenant, customer, event_id, event_type,"
                " subject, traceparent, body, created_at, next_attempt_at)"
                " VALUES ($1, $2, $3, $4, $1, $5, $2, $6, $7, $8, $8) RETURNING *",
                *(event, webhook, hook["tenant"], hook["customer"] or ALL_TENANTS, TEST_TYPE),
                *(asked.traceparent, orjson.dumps(_test_event(event, webhook, tx.now)).decode(), tx.now),
            )
            assert row is not None
            return delivery_json(row)

        return await self._act(webhook, "tested", asked, change)

    async def resend(self, webhook: UUID, delivery: UUID, asked: Asked) -> Acted:
        """A new attempt, now, under the same webhook-id; what is settled goes outside its ticket's order.

        Raises NotFound; Conflict for a disabled hook, and for what is being sent.
        """

        async def change(tx: Transaction, hook: Row) -> dict[str, Any]:
            state = await tx.connection.fetchval(
                "SELECT state FROM webhook_deliveries WHERE id = $1 AND webhook = $2 FOR UPDATE",
                delivery,
                webhook,
            )
            if state is None:
                raise NotFound("not-found", "There is no such delivery of this webhook.")
            _must_be_active(hook)
            if state == "sending":
                raise Conflict("being-sent", "An attempt is being made just now; look at what comes of it.")
            row = await tx.connection.fetchrow(
                "UPDATE webhook_deliveries SET resent = resent OR state <> 'pending', state = 'pending',"
                " tries = 0, next_attempt_at = $2, settled_at = NULL WHERE id = $1 RETURNING *",
                delivery,
                tx.now,
            )
            assert row is not None
            return delivery_json(row)

        return await self._act(webhook, "resent", asked, change)

    async def _act(
        self, webhook: UUID, act: str, asked: Asked, change: Change, *, secret: bool = False
    ) -> Acted:
        if asked.who.customer is not None:
            await self._hooks.must_be_seen(asked.who, webhook)

        async def do(tx: Transaction) -> Acted:
            hook = await tx.connection.fetchrow(
                "SELECT * FROM webhooks WHERE id = $1 AND $2 IN (tenant, '*') AND audience = ANY($3)"
                " FOR NO KEY UPDATE",
                webhook,
                asked.who.tenant,
                asked.audiences,
            )
            if hook is None:
                raise NotFound("not-found", "There is no such webhook.")
            if asked.expected not in (None, hook["version"]):
                raise Stale("stale", f"The webhook is at version {hook['version']}; read it again.")
            answer = await change(tx, hook)
            after = await next_version(tx, webhook)
            made = await self._once.new_secret(tx, webhook, after["version"]) if secret else None
            answer = answer or hook_json(after)
            await write_act(tx, after, act, *asked.by, answer)
            return Acted(webhook, after["version"], answer, made)

        return await self._once.do(asked, do)


async def _room(tx: Transaction, tenant: str) -> None:
    await tx.connection.execute("SELECT pg_advisory_xact_lock(hashtext('webhooks of ' || $1))", tenant)
    active = await tx.connection.fetchval(
        "SELECT count(*) FROM webhooks WHERE tenant = $1 AND state = 'active'", tenant
    )
    if active >= MOST_ACTIVE:
        raise Conflict("too-many-webhooks", f"There are {MOST_ACTIVE} active webhooks; disable one first.")


def _must_be_active(hook: Row) -> None:
    if hook["state"] != "active":
        raise Conflict("webhook-disabled", "The webhook is disabled; enable it first.")


def _test_event(event: UUID, webhook: UUID, now: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(event),
        "type": TEST_TYPE,
        "source": "/notifier",
        "subject": str(webhook),
        "time": instant(now),
        "datacontenttype": "application/json",
        "data": {"webhook": str(webhook)},
    }
