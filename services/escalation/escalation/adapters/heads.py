"""How much of each source escalation has heard of one ticket, for callers who wait for their own writes."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from shared.eventstore.database import ALL_TENANTS, Database

Heads = Callable[[UUID], Awaitable[Mapping[str, int]]]


def heads_in(database: Database) -> Heads:
    """Versions by source name (`intake`, `sla-engine`), as the consumer has stored them."""

    async def heads(ticket: UUID) -> Mapping[str, int]:
        async with database.reading(ALL_TENANTS) as connection:
            rows = await connection.fetch(
                "SELECT source, version FROM consumer_heads WHERE subject = $1", ticket
            )
        return {row["source"].strip("/"): row["version"] for row in rows}

    return heads
