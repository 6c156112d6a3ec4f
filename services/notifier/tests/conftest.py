"""What tests of webhooks share; those of mails bring their own."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from tests.webhook_rig import Desk, Receiver

from notifier.webhooks.signing import Keys
from shared.eventstore.database import open_database


@pytest.fixture
async def desk(fresh_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    database = await open_database(fresh_database("notifier"), "notifier")
    admin = await asyncpg.connect(fresh_database("admin"))
    desk = Desk(database, admin, Keys())
    yield desk
    await desk.close()
    await admin.close()
    await database.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().listening() as receiver:
        yield receiver
