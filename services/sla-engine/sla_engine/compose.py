"""Where the engine's adapters meet its ports: read from top to bottom, this is the whole service."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.eventstore.database import Database, open_database
from shared.eventstore.idempotency import forget_old
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging import watching
from shared.messaging.consumer import Consumer
from shared.messaging.feeds import Feeds, HttpFeeds
from shared.messaging.fresh import Fresh
from shared.messaging.relay import Relay
from shared.runtime.app import create_app
from shared.runtime.feed import feed_router
from shared.runtime.local_clock import local_clock
from shared.runtime.messaging_spans import messaging_tracer
from shared.runtime.probes import Readiness
from shared.runtime.serve import server
from shared.runtime.tasks import Supervised
from shared.runtime.watchdog import Watchdog
from sla_engine.adapters import policies
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.contract_table import Contracts
from sla_engine.adapters.heads import heads_in
from sla_engine.adapters.listening import listen
from sla_engine.adapters.tzdata import pin
from sla_engine.agreements import Agreements
from sla_engine.announcements import SOURCE as POLICIES
from sla_engine.announcements import Announcements
from sla_engine.api import router
from sla_engine.calendar_api import router as calendar_router
from sla_engine.consuming import Consuming
from sla_engine.deviation_previews import DeviationPreviews
from sla_engine.firing import Firing
from sla_engine.schedule import Schedule
from sla_engine.settings import SlaEngineSettings
from sla_engine.subscriptions import DIRECTORY, GROUP, SOURCES
from sla_engine.sweeping import Sweeping
from sla_engine.timers import Timers

SOURCE = "/sla-engine"
CONNECTIONS = 12
"""Four batches, three timers, the relay, the listener, the sweep, and room to answer."""
BODY_LIMIT = 1024 * 1024
"""Bytes: a list of a thousand previews."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The parts that run."""

    store: PostgresEventStore
    consumer: Consumer
    timers: Timers
    relay: Relay
    calendars: Calendars
    contracts: Contracts
    announcements: Announcements
    sweeping: Sweeping

    def noticed(self) -> None:
        """Another instance has set timers, announced a deviation, or heard of a contract."""
        self.calendars.outdated()
        self.contracts.outdated()
        self.timers.look_again()


def assemble(
    database: Database, agreements: Agreements, feeds: Feeds, bootstrap: str, *, group: str = GROUP
) -> Engine:
    """The engine on its database and Kafka; nothing runs yet."""
    store, schedule = PostgresEventStore(database, SOURCE), Schedule()
    relay = Relay(database, SOURCE, bootstrap, tracer=messaging_tracer)
    calendars, contracts = Calendars(database, agreements), Contracts(database, agreements)
    announcements = Announcements(database, PostgresEventStore(database, POLICIES), agreements, calendars)
    sweeping = Sweeping(database, store, agreements, calendars, announcements, relay.wake)
    consuming = Consuming(store, agreements, calendars, contracts, schedule, relay.wake)
    consumer = Consumer(database, group, SOURCES, consuming.handle, feeds, bootstrap, tracer=messaging_tracer)
    timers = Timers(database, consumer, Firing(database, store), schedule, relay.wake)
    return Engine(store, consumer, timers, relay, calendars, contracts, announcements, sweeping)


def announced(engine: Engine) -> Callable[[], None]:
    """What follows once a deviation is committed: publish it, and move what runs."""

    def follow() -> None:
        engine.relay.wake()
        engine.sweeping.wake()

    return follow


def start(engine: Engine, database: Database, tasks: Supervised) -> None:
    """Run the engine's parts beside each other."""
    tasks.start("consumer", engine.consumer.run())
    tasks.start("timers", engine.timers.run())
    tasks.start("timer notices", listen(database, engine.noticed))
    tasks.start("sweeping", engine.sweeping.run())
    tasks.start("contracts", engine.contracts.run())
    tasks.start("old keys", forget_old(database))
    tasks.start("relay", engine.relay.run())


def bundled_agreements() -> Agreements:
    """The bundled policies, by the pinned time zones; before any other use of zones in this process."""
    tzdata_version = pin()
    return Agreements(policies.load_bundled(), {}, tzdata_version)


async def run(settings: SlaEngineSettings) -> None:
    """Run the engine until it is told to stop. Raises Transient when the database is away at the start."""
    agreements = bundled_agreements()
    bootstrap = settings.kafka_bootstrap_servers
    database = await open_database(
        settings.database_url, "sla_engine", offset=settings.clock_offset, pool_size=CONNECTIONS
    )
    feeds = HttpFeeds(
        {
            "/intake": settings.intake_url,
            DIRECTORY: settings.intake_url,
            "/escalation": settings.escalation_url,
        },
        settings.service_token,
    )
    engine = assemble(database, agreements, feeds, bootstrap)
    routers = [
        router(engine.store, agreements, heads_in(database), engine.calendars, engine.contracts),
        calendar_router(
            agreements,
            engine.calendars,
            engine.contracts,
            engine.announcements,
            DeviationPreviews(database, agreements, engine.calendars),
            announced(engine),
        ),
        feed_router(engine.store, SOURCE),
        *local_clock(settings, database, engine.timers.look_again),
    ]
    app = create_app(
        "sla-engine",
        settings,
        routers,
        readiness=_readiness(database, engine.consumer, bootstrap),
        body_limit=BODY_LIMIT,
    )
    fresh = Fresh(settings.database_url, "sla_engine", bootstrap)
    async with Supervised() as tasks:
        start(engine, database, tasks)
        for watched in (watching.of_relay(engine.relay, fresh), watching.of_consumer(engine.consumer, fresh)):
            tasks.start(f"{watched.name} watchdog", Watchdog(*watched).run())
        await server(app, settings).serve()
    await feeds.close()
    await database.close()


def _readiness(database: Database, consumer: Consumer, bootstrap: str) -> Readiness:
    async def readiness() -> Mapping[str, bool]:
        await database.now()
        return {"database": True, "consumer": consumer.ready.is_set(), "kafka": await _answers(bootstrap)}

    return readiness


async def _answers(bootstrap: str) -> bool:
    """Whether any of the brokers takes connections."""
    for broker in bootstrap.split(","):
        host, _, port = broker.strip().rpartition(":")
        try:
            async with asyncio.timeout(0.5):
                _reader, writer = await asyncio.open_connection(host, int(port))
        except (OSError, TimeoutError):
            continue
        writer.close()
        return True
    return False
