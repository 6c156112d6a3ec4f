"""Writes wait while too much waits for Kafka."""

import asyncio
from collections.abc import Callable

import pytest

from shared.errors import Transient
from shared.events.ids import new_id
from shared.events.people import SYSTEM
from shared.events.ticket import WorkStarted
from shared.eventstore.database import open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.pressure import Pressure
from shared.eventstore.store import Append, NewEvent
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration


async def test_a_full_outbox_refuses_writes_until_it_drains(fresh_database: Callable[[str], str]) -> None:
    database = await open_database(fresh_database("intake"), "intake")
    pressure = Pressure(database, most=1)
    watching = asyncio.create_task(pressure.run())
    pressure.refuse()
    async with database.transaction() as tx:
        events = [NewEvent(new_id(), tx.now, WorkStarted(by=SYSTEM)) for _ in range(2)]
        await PostgresEventStore(database, "/intake").append(
            tx, [Append(new_id(), "acme", 0, events, new_id())]
        )
    await eventually(lambda: pressure.waiting == 2)
    with pytest.raises(Transient, match="outbox-full"):
        pressure.refuse()
    async with database.working() as connection:
        await connection.execute("DELETE FROM outbox")
    await eventually(lambda: pressure.waiting == 0)
    pressure.refuse()
    watching.cancel()
    await database.close()
