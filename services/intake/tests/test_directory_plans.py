"""The directory is found among a million tickets without reading those.

Its partial indexes serve the reader's role too, which row-level security keeps from using most others.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest

from intake import roster
from shared.eventstore import postgres
from shared.eventstore.database import Database, open_database
from shared.eventstore.store import FeedQuery

pytestmark = pytest.mark.integration


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    found = await open_database(fresh_database("intake"), "intake")
    yield found
    await found.close()


def feed(source: str) -> tuple[str, list[Any]]:
    conditions, values = postgres._feed_conditions(FeedQuery(after=(UUID(int=1), 1), source=source))
    return f"SELECT 1 FROM events e WHERE {conditions} ORDER BY e.stream_id, e.version LIMIT 100", values


QUERIES: dict[str, tuple[str, list[Any]]] = {
    "directory_events": feed("/intake/directory"),
    "directory_customers": (roster._BY_ID["customer"], ["acme", "", 10]),
    "directory_contracts": (roster._BY_ID["contract"], ["*", "", 10]),
    "directory_people": (roster._PEOPLE, ["acme", UUID(int=0), 10, None]),
}


@pytest.mark.parametrize("index", QUERIES)
async def test_each_look_goes_by_its_index(database: Database, index: str) -> None:
    query, values = QUERIES[index]
    async with database.reading("acme") as connection:
        await connection.execute("SET enable_seqscan = off")  # an empty table would always be read whole
        plan = await connection.fetch(f"EXPLAIN {query}", *values)
        await connection.execute("RESET enable_seqscan")
    told = "\n".join(row[0] for row in plan)
    assert f"using {index}" in told, told
