"""The engine's handler and its HTTP routes on real PostgreSQL, without Kafka between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from tests.engine_rig import agreements, opened

from shared.events.envelope import Event, Recorded
from shared.events.ids import new_id
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch
from shared.messaging.partitions import partition_of
from shared.runtime.app import create_app
from shared.runtime.feed import feed_router
from sla_engine.adapters.heads import heads_in
from sla_engine.api import router
from sla_engine.consuming import Consuming
from sla_engine.firing import Firing
from sla_engine.schedule import Schedule
from sla_engine.settings import SlaEngineSettings

SEEDS = Path(__file__).parents[3] / "seeds" / "local"
Client = httpx2.AsyncClient


class Desk:
    """Hands events to the engine as its consumer would, and asks it over HTTP."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self.client = client
        self.store = PostgresEventStore(database, "/sla-engine")
        self._consuming = Consuming(self.store, agreements(), Schedule(), lambda: None)

    async def hear(self, ticket: UUID, *said: tuple[Event, datetime], tenant: str = "acme") -> None:
        events = [_recorded(ticket, tenant, event, at) for event, at in said]
        async with self._database.transaction() as tx:
            await self._consuming.handle(Batch(tx, partition_of(ticket), events, live=True))

    async def fire(self, ticket: UUID) -> None:
        now = await self._database.now()
        await Firing(self._database, self.store).fire(partition_of(ticket), now, now, held=False)

    async def open(self, registered: datetime, contract: str, priority: str | None, **fields: Any) -> UUID:
        ticket = new_id()
        await self.hear(ticket, (opened(registered, contract, priority=priority, **fields), registered))
        return ticket

    async def get(self, path: str, who: str = "agent") -> Any:
        return await self.client.get(path, headers=by(who))

    async def deadlines(self, ticket: UUID, who: str = "agent") -> dict[str, Any]:
        """The newest deadline of each kind, as it is read."""
        answer = await self.get(f"/v1/tickets/{ticket}/deadlines", who)
        return {found["kind"]: found for found in answer.json()["deadlines"]}

    async def preview(self, body: Any, who: str = "acme") -> Any:
        return await self.client.post("/v1/deadlines/preview", json=body, headers=by(who))


def _recorded(ticket: UUID, tenant: str, event: Event, at: datetime) -> Recorded:
    return Recorded(
        id=new_id(),
        type=f"{type(event).__name__}.v1",
        source="/intake",
        subject=ticket,
        version=1,
        tenant=tenant,
        time=at,
        recorded_at=at,
        correlation_id=new_id(),
        causation_id=None,
        traceparent=None,
        data=event,
    )


def by(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer local-{who}"}


@asynccontextmanager
async def opened_desk(database_url: str) -> AsyncIterator[Desk]:
    """A desk of its own."""
    settings = SlaEngineSettings(
        app_env="local",
        database_url=database_url,
        credentials_file=SEEDS / "credentials.yaml",
        seeds_dir=SEEDS,
    )
    database = await open_database(settings.database_url, "sla_engine")
    store = PostgresEventStore(database, "/sla-engine")
    app = create_app(
        "sla-engine",
        settings,
        [router(store, agreements(), heads_in(database)), feed_router(store, "/sla-engine")],
    )
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with Client(transport=transport, base_url="http://sla-engine.example") as client:
        yield Desk(database, client)
    await database.close()
