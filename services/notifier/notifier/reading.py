"""Reads of the ledger: a tenant sees its own tickets' rows only. Every query names it beside the policy."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from shared.eventstore.database import Database

if TYPE_CHECKING:
    import asyncpg

_COLUMNS = """ordinal, id, ticket, event_id, event_type, event_time, recipient, channel, template, address,
  state, attempts, ambiguities, reason, urgent, hold, send_after, carrier AS carried_by, created_at,
  CASE WHEN next_attempt_at < 'infinity' AND settled_at IS NULL THEN next_attempt_at END AS next_attempt_at,
  settled_at"""


class Asked(NamedTuple):
    """`ticket`: its rows only. `reporter_only`: what the customer was told. `after`: the last ordinal."""

    ticket: UUID | None
    reporter_only: bool
    after: int
    limit: int


class Notifications:
    """The ledger, read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def knows(self, ticket: UUID, tenant: str) -> bool:
        """Whether this service has heard of a ticket of `tenant`."""
        async with self._database.reading(tenant) as connection:
            known = "SELECT true FROM states WHERE subject = $1 AND $2 IN (tenant, '*')"
            return bool(await connection.fetchval(known, ticket, tenant))

    async def page(self, asked: Asked, tenant: str) -> Sequence["asyncpg.Record"]:
        """Rows in the order in which they were entered."""
        async with self._database.reading(tenant) as connection:
            rows: Sequence[asyncpg.Record] = await connection.fetch(
                f"SELECT {_COLUMNS} FROM ledger"  # noqa: S608 - constants only
                " WHERE ordinal > $1 AND ($2::uuid IS NULL OR ticket = $2)"
                " AND (NOT $3 OR recipient = 'reporter') AND $5 IN (tenant, '*') ORDER BY ordinal LIMIT $4",
                asked.after,
                asked.ticket,
                asked.reporter_only,
                asked.limit,
                tenant,
            )
        return rows
