"""Lists of customers, contracts and people, page by page, as a tenant may see them."""

from collections.abc import Mapping
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from intake.domain.contracts import Contract
from intake.domain.customers import Customer
from intake.domain.persons import Person
from intake.registry import CONTRACT, CUSTOMER, PERSON, Kind, Registry
from shared.eventstore.database import Database

S = TypeVar("S", bound=Customer | Contract | Person)

# By id, in the order of the partial indexes. The newest event of a person tells whether there still is one.
_BY_ID: Mapping[str, str] = {
    CUSTOMER.name: """
SELECT stream_id, data->>'customer' AS place FROM events
WHERE type = 'CustomerRegistered.v1' AND $1 IN (tenant, '*') AND data->>'customer' > $2
ORDER BY data->>'customer' LIMIT $3""",
    CONTRACT.name: """
SELECT stream_id, data->'contract'->>'id' AS place FROM events
WHERE type = 'ContractDrawnUp.v1' AND $1 IN (tenant, '*') AND data->'contract'->>'id' > $2
ORDER BY data->'contract'->>'id' LIMIT $3""",
}
_PEOPLE = """
SELECT e.stream_id FROM events e
WHERE e.type = 'PersonRegistered.v1' AND e.version = 1 AND $1 IN (e.tenant, '*') AND e.stream_id > $2
  AND ($4::text IS NULL OR e.tenant = $4)
  AND (SELECT type FROM events n WHERE n.stream_id = e.stream_id ORDER BY n.version DESC LIMIT 1)
    <> 'PersonRemoved.v1'
ORDER BY e.stream_id LIMIT $3"""


class Listed(NamedTuple, Generic[S]):
    """A page; `next_place` is where the following one begins, None at the end."""

    items: list[S]
    next_place: str | None


class Roster:
    """Finds the streams; the registry folds them."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._registry = registry

    async def by_id(self, kind: Kind[S], tenant: str, after: str, limit: int) -> Listed[S]:
        """Customers or contracts after the id `after`."""
        async with self._database.reading(tenant) as connection:
            rows = await connection.fetch(_BY_ID[kind.name], tenant, after, limit + 1)
        items = await self._registry.read_many(kind, [row["stream_id"] for row in rows[:limit]], tenant)
        return Listed(items, rows[limit - 1]["place"] if len(rows) > limit else None)

    async def people(self, tenant: str, owner: str | None, after: UUID, limit: int) -> Listed[Person]:
        """People of `owner` (`*`: of support), or of everybody whom `tenant` may see."""
        async with self._database.reading(tenant) as connection:
            rows = await connection.fetch(_PEOPLE, tenant, after, limit + 1, owner)
        items = await self._registry.read_many(PERSON, [row["stream_id"] for row in rows[:limit]], tenant)
        return Listed(items, str(rows[limit - 1]["stream_id"]) if len(rows) > limit else None)
