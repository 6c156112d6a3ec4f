"""Where escalation's adapters meet its ports: read from top to bottom, this is the whole service."""

from collections.abc import Mapping

from escalation.adapters.heads import heads_in
from escalation.adapters.listening import listen
from escalation.adapters.teams_file import read_teams
from escalation.api import alerts_router, router
from escalation.firing import Firing
from escalation.handlers import Escalating
from escalation.moves import Moves
from escalation.settings import EscalationSettings
from escalation.subscriptions import GROUP, SOURCES
from escalation.timers import Timers
from shared.eventstore.database import open_database
from shared.eventstore.idempotency import forget_old
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging import watching
from shared.messaging.consumer import Consumer
from shared.messaging.feeds import HttpFeeds
from shared.messaging.fresh import Fresh
from shared.messaging.relay import Relay
from shared.runtime.app import create_app
from shared.runtime.feed import feed_router
from shared.runtime.local_clock import local_clock
from shared.runtime.messaging_spans import messaging_tracer
from shared.runtime.serve import server
from shared.runtime.tasks import Supervised
from shared.runtime.watchdog import Watchdog

SOURCE = "/escalation"


async def run(settings: EscalationSettings) -> None:
    """Run escalation until it is told to stop. Raises Transient when the database is away at the start."""
    teams = read_teams(settings.seeds_dir)
    database = await open_database(settings.database_url, "escalation", offset=settings.clock_offset)
    store = PostgresEventStore(database, SOURCE)
    relay = Relay(database, SOURCE, settings.kafka_bootstrap_servers, tracer=messaging_tracer)
    escalating = Escalating(store, relay.wake, teams)
    moves = Moves(database, store, teams, relay.wake)
    timers = Timers(Firing(database, store, teams), relay.wake)
    feeds = HttpFeeds(
        {"/intake": settings.intake_url, "/sla-engine": settings.sla_engine_url}, settings.service_token
    )
    consumer = Consumer(
        database,
        GROUP,
        SOURCES,
        escalating.handle,
        feeds,
        settings.kafka_bootstrap_servers,
        tracer=messaging_tracer,
    )

    fresh = Fresh(settings.database_url, "escalation", settings.kafka_bootstrap_servers)

    async def readiness() -> Mapping[str, bool]:
        await database.now()
        return {"database": True, "consumer": consumer.ready.is_set()}

    routers = [router(store, moves, heads_in(database)), alerts_router(moves), feed_router(store, SOURCE)]
    routers += local_clock(settings, database, timers.look_again)
    app = create_app("escalation", settings, routers, readiness=readiness)
    async with Supervised() as tasks:
        tasks.start("relay", relay.run())
        tasks.start("consumer", consumer.run())
        tasks.start("alerts", timers.run())
        tasks.start("alert notices", listen(database, timers.look_again))
        tasks.start("old-keys", forget_old(database))
        for watched in (watching.of_relay(relay, fresh), watching.of_consumer(consumer, fresh)):
            tasks.start(f"{watched.name} watchdog", Watchdog(*watched).run())
        await server(app, settings).serve()
    await feeds.close()
    await database.close()
