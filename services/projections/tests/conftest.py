"""Stories of tickets, told event by event as the four sources would, and this service's own database."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from projections.api import projections_router
from projections.arrivals import Arrivals
from projections.bells import Bells
from projections.desk_api import desk_router
from projections.following import Following
from projections.printing import PrintingProcess
from projections.record_api import record_router
from projections.reviews_api import reviews_router
from projections.settings import ProjectionsSettings
from projections.stream_api import stream_router
from projections.subscription import read_models
from shared.events.catalogue import BY_CLASS
from shared.events.envelope import Event, Recorded
from shared.events.ids import derived_id, new_id
from shared.events.people import Actor, Contact
from shared.events.sla import Commitment, DeadlineKind, DeadlineStarted
from shared.events.ticket import ContractTerms, TicketOpened
from shared.eventstore.database import Database, open_database
from shared.messaging.batch import Batch
from shared.runtime.app import create_app
from shared.runtime.auth import Principal
from shared.runtime.credentials import Credentials

START = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)


class Story:
    """One ticket of `tenant`; each event told is the next version of its source's stream, a minute later."""

    def __init__(self, tenant: str = "acme", ticket: UUID | None = None) -> None:
        self.ticket = ticket or new_id()
        self.tenant = tenant
        self.events: list[Recorded] = []

    def told(self, data: Event, time: datetime | None = None) -> Recorded:
        """`data` as recorded, at the story's end."""
        entry = BY_CLASS[type(data)]
        version = 1 + sum(event.source == entry.source for event in self.events)
        moment = time or START + timedelta(minutes=len(self.events))
        event = Recorded(
            id=derived_id(self.ticket, entry.source, version), type=entry.name, source=entry.source,
            subject=self.ticket, version=version, tenant=self.tenant, time=moment,
            recorded_at=moment + timedelta(milliseconds=3), correlation_id=self.ticket, causation_id=None,
            traceparent=None, data=data,
        )  # fmt: skip
        self.events.append(event)
        return event

    def opened(self, subject: str = "Login fails", number: str = "2026-000001") -> Recorded:
        """The ticket is registered by the customer's client, under hubs."""
        return self.told(
            TicketOpened(
                number=number,
                customer=self.tenant,
                contract=ContractTerms(
                    id="hubs", policy="hubs", timezone="Europe/Stockholm", locale="sv", lines=2
                ),
                type="incident",
                channel="api",
                registered_at=START + timedelta(minutes=len(self.events)),
                by=Actor(id="client-1", party="customer", role="client"),
                subject=subject,
                description="Since this morning.",
                reporter=Contact(name="Ada", email="ada@acme.example"),
            )
        )

    def deadline(
        self,
        name: str,
        kind: DeadlineKind,
        due_at: datetime,
        *,
        internal: bool = False,
        commitment: Commitment = "promise",
    ) -> Recorded:
        """A clock of `kind` begins."""
        return self.told(
            DeadlineStarted(
                deadline_id=name, kind=kind, due_at=due_at, warn_at=None, received_at=START,
                commitment=commitment, in_support_hours=True, generation=1, policy="hubs", policy_version="1",
                calendar_version="1", tzdata_version="2026a", internal=internal,
            )
        )  # fmt: skip


class Taken:
    """Takes events in as the consumer does: the handler and the heads in one transaction."""

    def __init__(self, database: Database, arrivals: Arrivals, bells: Bells) -> None:
        self._database = database
        self._handle = read_models(arrivals, bells)

    async def __call__(self, *events: Recorded) -> None:
        async with self._database.transaction() as tx:
            batch = Batch(tx, 0, events, live=True)
            await self._handle(batch)
            for event in events:
                await tx.connection.execute(
                    "INSERT INTO consumer_heads VALUES ($1, $2, $3, $4)"
                    " ON CONFLICT (source, subject) DO UPDATE SET version = EXCLUDED.version",
                    event.source, event.subject, event.version, event.id,
                )  # fmt: skip
        for callback in batch.committed:
            callback()


@pytest.fixture
def arrivals() -> Arrivals:
    """Who waits."""
    return Arrivals()


@pytest.fixture
def bells() -> Bells:
    """Who follows."""
    return Bells()


@pytest.fixture
def following(database: Database, bells: Bells) -> Following:
    """Makes streams."""
    return Following(database, bells)


@pytest.fixture
def take_in(database: Database, arrivals: Arrivals, bells: Bells) -> Taken:
    """`await take_in(*events)`."""
    return Taken(database, arrivals, bells)


@pytest.fixture
def story() -> Callable[..., Story]:
    """A new story of a new ticket."""
    return Story


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    """The service's own schema, migrated and empty."""
    database = await open_database(fresh_database("projections"), "projections")
    yield database
    await database.close()


@pytest.fixture
async def client(
    database: Database, arrivals: Arrivals, following: Following
) -> AsyncIterator[httpx2.AsyncClient]:
    """The service over HTTP, with the callers acme, region, agent, manager and ops."""
    people = {
        "acme": Principal("acme-1", "client", "acme", "Acme"),
        "region": Principal("region-1", "client", "region", "Region"),
        "agent": Principal("agent-1", "agent", None, "Agent"),
        "manager": Principal("manager-1", "manager", None, "Manager"),
        "ops": Principal("ops-1", "ops", None, "Operator"),
    }
    settings = ProjectionsSettings(port=1, database_url="unused", credentials_file=Path("unused"))
    app = create_app(
        "projections",
        settings,
        [
            projections_router(database, arrivals, patience=0.5),
            record_router(database, arrivals, PrintingProcess()),
            desk_router(database),
            reviews_router(database),
            stream_router(following),
        ],
        credentials=Credentials({sha256(name.encode()).digest(): who for name, who in people.items()}),
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        yield client
