"""Reads of webhooks and their deliveries: each names the tenant beside the policy, and the audience."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from notifier.domain.webhooks import AUDIENCES
from notifier.webhooks.views import act_json, delivery_detail, delivery_json, hook_json
from shared.errors import NotFound
from shared.eventstore.database import Database
from shared.runtime.auth import Principal

if TYPE_CHECKING:
    import asyncpg

    from shared.eventstore.database import Connection

HISTORY = 20
_SEEN = "w.id = $1 AND $2 IN (w.tenant, '*') AND w.audience = ANY($3)"


class Asked(NamedTuple):
    """A page: after which place, of which state, and how long."""

    after: Any
    limit: int
    state: str | None = None


class Hooks:
    """Webhooks, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, who: Principal, asked: Asked) -> list[dict[str, Any]]:
        """Hooks that `who` may see, oldest first."""
        async with self._database.reading(who.tenant) as connection:
            return await hooks(connection, who, asked)

    async def one(self, who: Principal, webhook: UUID) -> dict[str, Any]:
        """A hook with its newest acts. Raises NotFound."""
        async with self._database.reading(who.tenant) as connection:
            return await hook(connection, who, webhook)

    async def must_be_seen(self, who: Principal, webhook: UUID) -> None:
        """Raises NotFound unless a reader of `who`'s sees the hook.

        Acts are written by a role that sees every row, where only their own condition stands between
        customers; this read lets the rows' policy stand there too.
        """
        async with self._database.reading(who.tenant) as connection:
            await _seen(connection, who, webhook)

    async def deliveries(
        self, who: Principal, webhook: UUID, asked: Asked
    ) -> list[tuple[int, dict[str, Any]]]:
        """The hook's deliveries, newest first, each with its place. Raises NotFound."""
        async with self._database.reading(who.tenant) as connection:
            return await deliveries(connection, who, webhook, asked)

    async def delivery(self, who: Principal, webhook: UUID, delivery_id: UUID) -> dict[str, Any]:
        """One delivery with its log. Raises NotFound."""
        async with self._database.reading(who.tenant) as connection:
            return await delivery(connection, who, webhook, delivery_id)


async def hooks(connection: "Connection", who: Principal, asked: Asked) -> list[dict[str, Any]]:
    """See `Hooks.page`."""
    rows = await connection.fetch(
        "SELECT w.* FROM webhooks w WHERE ($1::uuid IS NULL OR w.id > $1) AND $2 IN (w.tenant, '*')"
        " AND w.audience = ANY($3) ORDER BY w.id LIMIT $4",
        *(asked.after, who.tenant, AUDIENCES[who.role], asked.limit),
    )
    return [hook_json(row) for row in rows]


async def hook(connection: "Connection", who: Principal, webhook: UUID) -> dict[str, Any]:
    """See `Hooks.one`."""
    row = await _seen(connection, who, webhook)
    acts = await connection.fetch(
        "SELECT version, act, by, role, at FROM webhook_acts WHERE webhook = $1 AND $2 IN (tenant, '*')"
        " ORDER BY version DESC LIMIT $3",
        *(webhook, who.tenant, HISTORY),
    )
    to_customer = who.customer is not None
    return hook_json(row) | {"history": [act_json(act, to_customer=to_customer) for act in acts]}


async def deliveries(
    connection: "Connection", who: Principal, webhook: UUID, asked: Asked
) -> list[tuple[int, dict[str, Any]]]:
    """See `Hooks.deliveries`."""
    await _seen(connection, who, webhook)
    rows: Sequence[asyncpg.Record] = await connection.fetch(
        "SELECT * FROM webhook_deliveries WHERE webhook = $1 AND $2 IN (tenant, '*')"
        " AND ($3::bigint IS NULL OR ordinal < $3) AND ($4::text IS NULL OR state = $4)"
        " ORDER BY ordinal DESC LIMIT $5",
        *(webhook, who.tenant, asked.after, asked.state, asked.limit),
    )
    return [(row["ordinal"], delivery_json(row)) for row in rows]


async def delivery(
    connection: "Connection", who: Principal, webhook: UUID, delivery_id: UUID
) -> dict[str, Any]:
    """See `Hooks.delivery`."""
    await _seen(connection, who, webhook)
    row = await connection.fetchrow(
        "SELECT * FROM webhook_deliveries WHERE id = $3 AND webhook = $1 AND $2 IN (tenant, '*')",
        *(webhook, who.tenant, delivery_id),
    )
    if row is None:
        raise NotFound("not-found", "There is no such delivery of this webhook.")
    attempts = await connection.fetch(
        "SELECT * FROM webhook_attempts WHERE delivery = $1 AND $2 IN (tenant, '*') ORDER BY number",
        *(delivery_id, who.tenant),
    )
    return delivery_detail(row, attempts)


async def _seen(connection: "Connection", who: Principal, webhook: UUID) -> "asyncpg.Record":
    row = await connection.fetchrow(
        f"SELECT w.* FROM webhooks w WHERE {_SEEN}",  # noqa: S608 - constants only
        *(webhook, who.tenant, AUDIENCES[who.role]),
    )
    if row is None:
        raise NotFound("not-found", "There is no such webhook.")
    return row
