"""`pytest services/escalation --hypothesis-profile=thorough` tries a thousand histories of each property."""

from collections.abc import AsyncIterator, Callable

import pytest
from hypothesis import settings
from tests.escalation_rig import Service

from shared.eventstore.database import Database, open_database

settings.register_profile("thorough", max_examples=1000, deadline=None)


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await open_database(fresh_database("escalation"), "escalation")
    yield database
    await database.close()


@pytest.fixture
def service(database: Database) -> Service:
    return Service(database)
