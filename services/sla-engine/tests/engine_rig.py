"""The engine on real PostgreSQL and Kafka, between an intake and an escalation that say what a test says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
import orjson

from shared.errors import Transient
from shared.events.envelope import Event, Recorded
from shared.events.ids import new_id
from shared.events.people import Actor
from shared.events.sla import SlaEvent
from shared.events.ticket import ContractTerms, TicketOpened
from shared.eventstore.database import Database
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import Append, FeedQuery, NewEvent
from shared.messaging.feed_format import FeedPage, from_json, to_json
from shared.messaging.relay import Relay
from shared.testing.waiting import eventually
from sla_engine.adapters import policies
from sla_engine.adapters.listening import listen
from sla_engine.adapters.tzdata import pin
from sla_engine.agreements import Agreements
from sla_engine.compose import Engine, assemble
from sla_engine.domain.policy import Duration, Form, Policy, Target
from sla_engine.subscriptions import SOURCES

AGENT = Actor(id="agent", party="support", role="agent")
CLIENT = Actor(id="client", party="customer", role="client")
SPEED = 50
"""How many times faster than `demo` the policy `swift` runs: a response of 10 s is due after 200 ms."""


def swift(policy: Policy) -> Policy:
    """`policy` under another name, with every timed target that much shorter."""

    def quicker(duration: Duration) -> Duration:
        timed = duration.form in (Form.SUPPORT_TIME, Form.ELAPSED_TIME)
        return msgspec.structs.replace(duration, amount=duration.amount // SPEED) if timed else duration

    def targets(given: Sequence[Target]) -> tuple[Target, ...]:
        return tuple(
            msgspec.structs.replace(t, within=quicker(t.within), soft=quicker(t.soft) if t.soft else None)
            for t in given
        )

    return msgspec.structs.replace(
        policy,
        name="swift",
        version="swift-1",
        untriaged=targets(policy.untriaged),
        by_priority={name: targets(group) for name, group in policy.by_priority.items()},
    )


def agreements() -> Agreements:
    """The bundled policies, and `swift`."""
    bundled, tzdata_version = policies.load_bundled(), pin()
    bundled["swift"] = swift(bundled["demo"])
    return Agreements(bundled, {name: name for name in bundled}, tzdata_version)


class StoreFeeds:
    """The owners' feeds without HTTP between."""

    def __init__(self, stores: Mapping[str, PostgresEventStore]) -> None:
        self._stores = stores

    async def page(
        self,
        source: str,
        *,
        cursor: str | None = None,
        subject: UUID | None = None,
        changed_since: datetime | None = None,
    ) -> FeedPage:
        after = None
        if cursor is not None:
            stream, version = cursor.split(":")
            after = (UUID(stream), int(version))
        page = await self._stores[source].feed(FeedQuery(after, subject, changed_since, 500, source=source))
        items = [from_json(orjson.dumps(to_json(event))) for event in page.events]
        return FeedPage(items, f"{page.last[0]}:{page.last[1]}" if page.last else None)


@dataclass
class Rig:
    """`databases` by schema. Engines share one consumer group and one database."""

    bootstrap: str
    admin: "asyncpg.Connection[asyncpg.Record]"
    databases: Mapping[str, Database]
    agreements: Agreements
    running: AsyncExitStack
    group: str = field(default_factory=lambda: f"sla-engine-{new_id()}")
    relays: dict[str, Relay] = field(default_factory=dict)
    versions: dict[tuple[str, UUID], int] = field(default_factory=dict)

    def store(self, source: str) -> PostgresEventStore:
        return PostgresEventStore(self.databases[source.split("/")[1].replace("-", "_")], source)

    @asynccontextmanager
    async def relaying(self, source: str) -> AsyncIterator[None]:
        """Publish what `source` says, and its marks."""
        relay = Relay(self.databases[source.strip("/")], source, self.bootstrap)
        self.relays[source] = relay
        try:
            async with _task(relay.run()):
                yield
        finally:
            del self.relays[source]

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        """An engine that has started; it is stopped at the end."""
        feeds = StoreFeeds({source: self.store(source) for source in SOURCES})
        engine = assemble(
            self.databases["sla_engine"], self.agreements, feeds, self.bootstrap, group=self.group
        )
        notices = listen(self.databases["sla_engine"], engine.noticed)
        async with (
            _task(engine.consumer.run()),
            _task(engine.timers.run()),
            _task(notices),
            _task(engine.sweeping.run()),
            _task(engine.contracts.run()),
        ):
            async with asyncio.timeout(30):
                await engine.consumer.ready.wait()
            yield engine

    async def say(
        self, source: str, told: Sequence[tuple[UUID, Event]], *, ago: timedelta = timedelta(0)
    ) -> datetime:
        """Store events of several tickets, one each, which happened `ago`; returns when that was."""
        store, schema = self.store(source), source.split("/")[1]
        async with self.databases[schema].transaction() as tx:
            at = tx.now - ago
            appends = []
            for stream, event in told:
                version = self.versions.get((source, stream), 0)
                appends.append(
                    Append(stream, "acme", version, [NewEvent(new_id(), at, event)], new_id(), None, TRACE)
                )
                self.versions[source, stream] = version + 1
            await store.append(tx, appends)
        if source in self.relays:
            self.relays[source].wake()
        return at

    async def open(self, count: int = 1, *, policy: str = "swift", **fields: Any) -> list[UUID]:
        """New tickets, registered now."""
        now = await self.databases["intake"].now()
        tickets = [new_id() for _ in range(count)]
        await self.say("/intake", [(ticket, opened(now, policy, **fields)) for ticket in tickets])
        return tickets

    async def told(self, ticket: UUID) -> list[Recorded]:
        """What the engine has said of a ticket."""
        return await self.store("/sla-engine").read(ticket, "*")

    async def until_told(self, ticket: UUID, *types: type[SlaEvent], within: float = 20) -> list[Recorded]:
        """Wait until the engine has said each of `types` of the ticket."""

        async def all_told() -> list[Recorded]:
            events = await self.told(ticket)
            return events if set(types) <= {type(event.data) for event in events} else []

        return await eventually(all_told, within=within, what=str([kind.__name__ for kind in types]))

    async def handled(self, source: str) -> int:
        """How many events of `source` the engine has handled."""
        count: int = await self.admin.fetchval(
            "SELECT coalesce(sum(version), 0) FROM sla_engine.consumer_heads WHERE source = $1", source
        )
        return count

    async def until_handled(self, source: str, count: int) -> None:
        async def enough() -> bool:
            return await self.handled(source) >= count

        await until(enough, within=30)

    async def now(self) -> datetime:
        return await self.databases["sla_engine"].now()

    async def until_past(self, instant: datetime) -> None:
        """Wait until the database's clock has passed `instant`."""

        async def past() -> bool:
            return await self.now() > instant

        await until(past)


STOCKHOLM = ZoneInfo("Europe/Stockholm")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def opened(registered_at: datetime, policy: str, **fields: Any) -> TicketOpened:
    """A ticket of the customer acme."""
    return TicketOpened(
        number="2026-000001",
        customer="acme",
        contract=contract(policy),
        type="incident",
        channel="api",
        registered_at=registered_at,
        **{"by": CLIENT, "priority": "P1", **fields},
    )


def contract(policy: str) -> ContractTerms:
    """A contract that goes by `policy`."""
    return ContractTerms(id=policy, policy=policy, timezone="Europe/Stockholm", locale="sv", lines=2)


def kinds(events: Sequence[Recorded], kind: type[SlaEvent]) -> Iterator[str]:
    """Of which deadlines the ticket was told `kind`."""
    return (event.data.kind for event in events if isinstance(event.data, kind))


async def until(holds: Callable[[], Awaitable[bool]], within: float = 20) -> None:
    """Wait for committed progress."""
    held: bool = await eventually(holds, within=within)
    assert held


def stockholm(text: str) -> datetime:
    """An instant from Stockholm wall time, `2026-03-27 16:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


def instant(text: str) -> str:
    """Stockholm wall time as the API writes instants."""
    return stockholm(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@asynccontextmanager
async def _task(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Transient):
            await task
