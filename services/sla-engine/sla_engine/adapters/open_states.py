"""The states of tickets that are not over, page by page, for whoever goes through all of a policy's."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import msgspec

from sla_engine.domain.state import State
from sla_engine.kept import Kept

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

OPEN_AFTER = (
    "FROM states WHERE subject > $1 AND body->'state'->>'policy' = $2"
    " AND body->'state'->>'over' IS DISTINCT FROM 'true' ORDER BY subject LIMIT $3"
)
"""The open tickets of policy $2 after ticket $1, at most $3 of them."""
BEGINNING = UUID(int=0)
PAGE = 1000
_decode = msgspec.json.Decoder(Kept).decode


class OpenState(NamedTuple):
    """A ticket of `customer` as the engine knows it."""

    ticket: UUID
    customer: str
    state: State


async def pages_of_open(connection: "Connection", policy: str) -> AsyncIterator[list[OpenState]]:
    """Every open ticket of `policy` by id, in pages, each read when it is asked for."""
    after = BEGINNING
    while True:
        rows = await connection.fetch(f"SELECT subject, tenant, body {OPEN_AFTER}", after, policy, PAGE)
        kept = [(row["subject"], row["tenant"], _decode(row["body"]).state) for row in rows]
        yield [OpenState(ticket, customer, state) for ticket, customer, state in kept if state is not None]
        if len(rows) < PAGE:
            return
        after = rows[-1]["subject"]
