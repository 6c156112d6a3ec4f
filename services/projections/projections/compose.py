"""Where the service's adapters meet its ports: read from top to bottom, this is the whole service."""

from collections.abc import Mapping

from projections.api import projections_router
from projections.arrivals import Arrivals
from projections.bells import Bells
from projections.desk_api import desk_router
from projections.domain.timeline import SOURCES
from projections.following import Following
from projections.printing import PrintingProcess
from projections.rebuild import rebuild
from projections.record_api import record_router
from projections.reviews_api import reviews_router
from projections.settings import ProjectionsSettings
from projections.stream_api import stream_router
from projections.streaming import pruning
from projections.subscription import read_models
from shared.eventstore.database import Database, open_database
from shared.messaging import watching
from shared.messaging.batch import BatchHandler
from shared.messaging.consumer import Consumer
from shared.messaging.feeds import HttpFeeds
from shared.messaging.fresh import Fresh
from shared.runtime.app import create_app
from shared.runtime.local_clock import local_clock
from shared.runtime.messaging_spans import messaging_tracer
from shared.runtime.serve import server
from shared.runtime.tasks import Supervised
from shared.runtime.watchdog import Watchdog

GROUP = "projections"


def owners(settings: ProjectionsSettings) -> HttpFeeds:
    """The feeds of everyone whose events are read here."""
    urls = (settings.intake_url, settings.sla_engine_url, settings.escalation_url, settings.notifier_url)
    return HttpFeeds(dict(zip(SOURCES, urls, strict=True)), settings.service_token)


def consumer(
    settings: ProjectionsSettings, database: Database, group: str, handle: BatchHandler, feeds: HttpFeeds
) -> Consumer:
    """Fills the read models of `database`."""
    return Consumer(
        database,
        group,
        SOURCES,
        handle,
        feeds,
        settings.kafka_bootstrap_servers,
        tracer=messaging_tracer,
    )


async def run(settings: ProjectionsSettings) -> None:
    """Run the service until it is told to stop. Raises Transient when the database is away at the start."""
    # Nothing here is the only copy: after a crash the last moments are read again from Kafka.
    database = await open_database(
        settings.database_url, "projections", offset=settings.clock_offset, durable=False
    )
    arrivals, bells, feeds = Arrivals(), Bells(), owners(settings)
    consuming = consumer(settings, database, GROUP, read_models(arrivals, bells), feeds)
    following = Following(database, bells)
    fresh = Fresh(settings.database_url, "projections", settings.kafka_bootstrap_servers)
    watchdog = Watchdog(*watching.of_consumer(consuming, fresh))

    async def readiness() -> Mapping[str, bool]:
        # Once it has started it answers from what it holds, whether or not Kafka is there.
        await database.now()
        return {"database": True, "started": consuming.ready.is_set()}

    routers = [
        projections_router(database, arrivals),
        record_router(database, arrivals, PrintingProcess()),
        desk_router(database),
        reviews_router(database),
        stream_router(following),
    ]
    routers += local_clock(settings, database)
    app = create_app("projections", settings, routers, readiness=readiness)
    async with Supervised() as tasks:
        tasks.start("consumer", consuming.run())
        tasks.start("consumer watchdog", watchdog.run())
        tasks.start("pruning", pruning(database))
        serving = server(app, settings)
        # Who follows along would otherwise hold up the end for as long as it may.
        following.ending = lambda: serving.should_exit
        await serving.serve()
    await feeds.close()
    await database.close()


async def run_rebuild(settings: ProjectionsSettings) -> None:
    """Build the read models anew beside a running service, and swap them in."""
    feeds = owners(settings)

    def filling(beside: Database) -> Consumer:
        return consumer(settings, beside, f"{GROUP}-rebuild", read_models(Arrivals()), feeds)

    await rebuild(settings.database_url, settings.clock_offset, filling)
    await feeds.close()
