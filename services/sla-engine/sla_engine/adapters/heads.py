"""How much of each source the engine has handled of one ticket, for readers who wait for their own writes."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from shared.eventstore.database import ALL_TENANTS, Database

Heads = Callable[[UUID], Awaitable[Mapping[str, int]]]


def heads_in(database: Database) -> Heads:
    """Versions by source name (`intake`, `escalation`), as the consumer has stored them."""

    async def heads(ticket: UUID) -> Mapping[str, int]:
        async with database.reading(ALL_TENANTS) as connection:
            rows = await connection.fetch(
                "SELECT source, version FROM consumer_heads WHERE subject = $1", ticket
            )
        return {row["source"].strip("/"): row["version"] for row in rows}

    return heads
