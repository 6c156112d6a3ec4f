"""Where the notifier's adapters meet its ports: read from top to bottom, this is the whole service."""

from collections.abc import Mapping
from datetime import timedelta

import structlog
from fastapi import APIRouter

from notifier import api
from notifier.adapters.smtp import MailServer
from notifier.adapters.teams import read_teams
from notifier.handlers import Noting, Policy
from notifier.mailbox import Mailbox
from notifier.message import Postbox
from notifier.overrides import Overrides, read_overrides
from notifier.presence import Presence
from notifier.reading import Notifications
from notifier.samples import samples
from notifier.sender import Sender
from notifier.settings import NotifierSettings
from notifier.settling import Settling
from notifier.subscriptions import GROUP, SOURCES
from notifier.webhooks import api as webhooks
from notifier.webhooks.acts import Acts
from notifier.webhooks.announcing import Announcing
from notifier.webhooks.entering import Entering
from notifier.webhooks.posting import Poster
from notifier.webhooks.reading import Hooks
from notifier.webhooks.repeating import Once
from notifier.webhooks.sending import HookSender
from notifier.webhooks.signing import Keys
from notifier.wording import Wording
from shared.eventstore.database import open_database
from shared.eventstore.idempotency import forget_old
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging import watching
from shared.messaging.batch import Batch
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

SOURCE = "/notifier"
CONNECTIONS = 16
"""To the database: partitions handled at once, the relay, presence, mails, webhooks."""


async def run(settings: NotifierSettings) -> None:
    """Run the notifier until it is told to stop. Raises Transient when the database is away at the start.

    A template or a seed file that cannot be used is refused first, in one line.
    """
    try:
        policy, wording = _policy(settings), Wording(_overrides(settings))
    except ValueError as error:
        raise SystemExit(f"notifier cannot start: {error}") from None
    database = await open_database(
        settings.database_url, "notifier", offset=settings.clock_offset, pool_size=CONNECTIONS
    )
    store = PostgresEventStore(database, SOURCE)
    relay = Relay(database, SOURCE, settings.kafka_bootstrap_servers, tracer=messaging_tracer)
    presence = Presence(database)
    keys = Keys(settings.webhook_keys)
    hook_sender = HookSender(database, Poster(local=settings.is_local), presence, keys)
    announcing = Announcing(store)

    def told() -> None:
        relay.wake()
        hook_sender.wake()

    settling = Settling(database, announcing, presence.instance, told)
    mail_server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        username=settings.smtp_username,
        password=settings.smtp_password,
        most=settings.smtp_connections,
    )
    postbox = Postbox(settings.mail_from, settings.portal_url, wording)
    sender = Sender(database, mail_server, settling, presence, postbox)
    noting = Noting(announcing, policy, sender.wake, told)
    entering = Entering(hook_sender.wake)

    async def hear(batch: Batch) -> None:
        await noting.handle(batch)
        await entering.handle(batch)

    feeds = HttpFeeds(
        {
            "/intake": settings.intake_url,
            "/sla-engine": settings.sla_engine_url,
            "/escalation": settings.escalation_url,
        },
        settings.service_token,
    )
    consumer = Consumer(
        database,
        GROUP,
        SOURCES,
        hear,
        feeds,
        settings.kafka_bootstrap_servers,
        tracer=messaging_tracer,
    )

    fresh = Fresh(settings.database_url, "notifier", settings.kafka_bootstrap_servers)

    async def readiness() -> Mapping[str, bool]:
        # The mail server is no part of it: what is to be told waits in the ledger.
        await database.now()
        return {"database": True, "consumer": consumer.ready.is_set()}

    hooks = Hooks(database)
    tending = webhooks.router(
        Acts(Once(database, keys, hook_sender.wake), hooks), hooks, local=settings.is_local
    )
    routers: list[APIRouter] = [api.router(Notifications(database)), tending, feed_router(store, SOURCE)]
    if settings.is_local and settings.mail_dir is not None:
        routers.append(api.caught_mail(Mailbox(settings.mail_dir)))
    routers += local_clock(settings, database, sender.wake)
    app = create_app("notifier", settings, routers, readiness=readiness)
    async with Supervised() as tasks, Supervised() as writing:
        writing.start("settling", settling.run())
        writing.start("presence", presence.run())
        tasks.start("sender", sender.run())
        tasks.start("webhook sender", hook_sender.run())
        tasks.start("forgetting of keys", forget_old(database))
        tasks.start("relay", relay.run())
        tasks.start("consumer", consumer.run())
        for watched in (watching.of_relay(relay, fresh), watching.of_consumer(consumer, fresh)):
            tasks.start(f"{watched.name} watchdog", Watchdog(*watched).run())
        await server(app, settings).serve()
        await tasks.stop()
    await mail_server.close()
    await feeds.close()
    await database.close()


def _policy(settings: NotifierSettings) -> Policy:
    return Policy(
        read_teams(settings.seeds_dir, settings.team_mail_domain),
        settings.quiet,
        timedelta(seconds=settings.burst_seconds),
    )


def _overrides(settings: NotifierSettings) -> Overrides | None:
    if settings.templates_dir is None:
        return None
    found = read_overrides(settings.templates_dir, samples())
    structlog.get_logger().info("templates overridden", files=sorted("/".join(key) for key in found.found))
    return found
