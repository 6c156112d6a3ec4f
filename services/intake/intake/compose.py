"""Where intake's adapters meet its ports: read from top to bottom, this is the whole service."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NamedTuple

from fastapi import FastAPI

from intake.api import router
from intake.directory import Directory
from intake.directory_api import router as directory_router
from intake.domain.contracts import Contract
from intake.domain.customers import Customer
from intake.domain.persons import Person
from intake.domain.ticket import Ticket, fold
from intake.numbers import TicketNumbers
from intake.registry import SOURCE as DIRECTORY
from intake.registry import Registry
from intake.roster import Roster
from intake.seeds import Seeds, read_seeds, register
from intake.settings import IntakeSettings
from intake.tickets import Tickets
from shared.eventstore.database import Database, open_database
from shared.eventstore.group_commit import GroupCommitter
from shared.eventstore.idempotency import forget_old
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.pressure import Pressure
from shared.messaging import watching
from shared.messaging.fresh import Fresh
from shared.messaging.relay import Relay
from shared.runtime.app import create_app
from shared.runtime.feed import feed_router
from shared.runtime.local_clock import local_clock
from shared.runtime.messaging_spans import messaging_tracer
from shared.runtime.serve import server
from shared.runtime.tasks import Supervised
from shared.runtime.watchdog import Watchdog

SOURCE = "/intake"


class Intake(NamedTuple):
    """The application, what must be done before it serves, and what must run beside it."""

    app: FastAPI
    prepare: Callable[[], Awaitable[None]]
    beside: Mapping[str, Coroutine[Any, Any, None]]


async def run(settings: IntakeSettings) -> None:
    """Run intake until it is told to stop. Raises Transient when the database is away at the start."""
    seeds = _seeds(settings)
    database = await open_database(settings.database_url, "intake", offset=settings.clock_offset)
    intake = assemble(settings, database, seeds)
    await intake.prepare()
    async with Supervised() as tasks:
        for name, work in intake.beside.items():
            tasks.start(name, work)
        await server(intake.app, settings).serve()
    await database.close()


def _seeds(settings: IntakeSettings) -> Seeds:
    try:
        return read_seeds(settings.seeds_dir)
    except ValueError as fault:
        raise SystemExit(f"intake cannot start: {fault}") from None


def assemble(settings: IntakeSettings, database: Database, seeds: Seeds) -> Intake:
    """Every part of intake over `database`, none of it running yet."""
    store = PostgresEventStore(database, SOURCE)
    relay = Relay(database, SOURCE, settings.kafka_bootstrap_servers, tracer=messaging_tracer)
    fresh = Fresh(settings.database_url, "intake", settings.kafka_bootstrap_servers)
    watchdog = Watchdog(*watching.of_relay(relay, fresh))
    pressure = Pressure(database, settings.most_unpublished)
    commits = GroupCommitter[Ticket](database, store, fold, relay.wake, refuse=pressure.refuse)

    def changed(found: Customer | Contract | Person) -> None:
        directory.put(found)
        relay.wake()

    registry = Registry(database, PostgresEventStore(database, DIRECTORY), changed, pressure.refuse)
    roster = Roster(database, registry)
    directory = Directory(database, registry, roster)
    tickets = Tickets(database, store, commits, TicketNumbers(database), directory)

    async def prepare() -> None:
        await register(registry, seeds)
        await directory.read_all()

    async def readiness() -> Mapping[str, bool]:
        # Kafka is no part of it: what is accepted while it is away reaches it later.
        await database.now()
        return {"database": True}

    routers = [router(tickets), directory_router(registry, roster), feed_router(store, SOURCE)]
    routers += local_clock(settings, database)
    return Intake(
        create_app("intake", settings, routers, readiness=readiness),
        prepare,
        {
            "relay": relay.run(),
            "relay watchdog": watchdog.run(),
            "pressure": pressure.run(),
            "directory": directory.follow(),
            "old-keys": forget_old(database),
        }
        | {f"commits-{number}": commits.run() for number in range(settings.commit_loops)},
    )
