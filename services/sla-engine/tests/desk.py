"""The engine's handler and its HTTP routes on real PostgreSQL, without Kafka between."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from fastapi import APIRouter
from tests.engine_rig import agreements, opened

from shared.events.envelope import Event, Recorded
from shared.events.ids import new_id
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch
from shared.messaging.partitions import partition_of
from shared.runtime.app import create_app
from shared.runtime.feed import feed_router
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.contract_table import Contracts
from sla_engine.adapters.heads import heads_in
from sla_engine.announcements import SOURCE as POLICIES
from sla_engine.announcements import Announcements
from sla_engine.api import router
from sla_engine.calendar_api import router as calendar_router
from sla_engine.consuming import Consuming
from sla_engine.deviation_previews import DeviationPreviews
from sla_engine.firing import Firing
from sla_engine.schedule import Schedule
from sla_engine.settings import SlaEngineSettings
from sla_engine.sweeping import Sweeping

SEEDS = Path(__file__).parents[3] / "seeds" / "local"
Client = httpx2.AsyncClient


class Desk:
    """Hands events to the engine as its consumer would, and asks it over HTTP."""

    client: Client
    url: str

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = PostgresEventStore(database, "/sla-engine")
        self.policies = PostgresEventStore(database, POLICIES)
        self.agreements = agreements()
        self.calendars = Calendars(database, self.agreements)
        self.contracts = Contracts(database, self.agreements)
        self.announcements = Announcements(database, self.policies, self.agreements, self.calendars)
        self.announced = 0
        self.consuming = Consuming(
            self.store, self.agreements, self.calendars, self.contracts, Schedule(), lambda: None
        )
        self._sweeping = Sweeping(
            database, self.store, self.agreements, self.calendars, self.announcements, lambda: None
        )

    async def hear(self, ticket: UUID, *said: tuple[Event, datetime], tenant: str = "acme") -> None:
        events = [_recorded(ticket, tenant, event, at) for event, at in said]
        async with self.database.transaction() as tx:
            await self.consuming.handle(Batch(tx, partition_of(ticket), events, live=True))

    def routers(self) -> list[APIRouter]:
        """The engine's routes."""

        def count() -> None:
            self.announced += 1

        previews = DeviationPreviews(self.database, self.agreements, self.calendars)
        return [
            router(self.store, self.agreements, heads_in(self.database), self.calendars, self.contracts),
            calendar_router(
                self.agreements, self.calendars, self.contracts, self.announcements, previews, count
            ),
            feed_router(self.store, "/sla-engine"),
        ]

    async def wake_of(self, ticket: UUID) -> datetime:
        """When the engine will look at the ticket next."""
        async with self.database.working() as connection:
            wake: datetime = await connection.fetchval("SELECT wake_at FROM timers WHERE ticket = $1", ticket)
        return wake

    async def sweep(self) -> None:
        """Move what runs by what has been announced."""
        await self._sweeping.all()

    async def announce(self, contract: str, body: Any, who: str = "manager", **headers: str) -> Any:
        path = f"/v1/calendars/{contract}/deviations"
        return await self.client.post(path, json=body, headers=by(who) | headers)

    async def foresee(self, contract: str, body: Any, who: str = "manager") -> Any:
        path = f"/v1/calendars/{contract}/deviations/preview"
        return await self.client.post(path, json=body, headers=by(who))

    async def fire(self, ticket: UUID) -> None:
        now = await self.database.now()
        await Firing(self.database, self.store).fire(partition_of(ticket), now, now, held=False)

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
async def opened_desk(database_url: str, now: datetime | None = None) -> AsyncIterator[Desk]:
    """A desk of its own, whose database says that it is `now`."""
    settings = SlaEngineSettings(
        app_env="local",
        database_url=database_url,
        credentials_file=SEEDS / "credentials.yaml",
        seeds_dir=SEEDS,
    )
    offset = timedelta(0) if now is None else now - datetime.now(UTC)
    database = await open_database(settings.database_url, "sla_engine", offset=offset)
    desk = Desk(database)
    app = create_app("sla-engine", settings, desk.routers())
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with Client(transport=transport, base_url="http://sla-engine.example") as client:
        desk.client, desk.url = client, database_url
        yield desk
    await database.close()
