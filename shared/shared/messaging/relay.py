"""Carries committed events from the outbox to Kafka: in order per ticket, at least once, within milliseconds.

The instance that holds the schema's lease reads the outbox when `wake()` says that something was committed
in this process. What other instances commit is found by a read every `FALLBACK` seconds: PostgreSQL's NOTIFY
would serialise all commits of the database on one lock, and buy a quarter of a second where several
instances of one service write.
"""

import asyncio
import contextlib
import time
from datetime import datetime
from uuid import UUID

import asyncpg
import structlog

from shared.errors import Transient
from shared.events.catalogue import TOPICS
from shared.eventstore.database import Database
from shared.messaging import tracing
from shared.messaging.backoff import Backoff
from shared.messaging.lane import Lane
from shared.messaging.lease import Lease, LeaseLost
from shared.messaging.moved import Moved
from shared.messaging.outbox import Outbox, Row
from shared.messaging.partitions import PARTITIONS, partition_of
from shared.messaging.publisher import Publisher

log = structlog.get_logger()

FALLBACK = 0.25
"""Seconds between reads when nobody called `wake()`."""
MARK_EVERY = 1.0
READ = 500
MANY_HELD = 5_000
MOST_HELD = 20_000
"""Rows kept in memory while Kafka does not take them; the rest stays in the outbox."""
_BEGINNING = (UUID(int=0), 0)


class Relay:
    """One per process, for `source` and what stands under it (`/intake` and `/intake/directory`)."""

    def __init__(
        self,
        database: Database,
        source: str,
        bootstrap: str,
        *,
        lease_seconds: float = 3.0,
        tracer: tracing.Tracer = tracing.no_spans,
    ) -> None:
        self._database = database
        self._sources = [known for known in TOPICS if known == source or known.startswith(f"{source}/")]
        self.topics = [TOPICS[known] for known in self._sources]
        self.moved = Moved()
        self._lease = Lease(database, lease_seconds)
        self.owner = self._lease.owner
        self._outbox = Outbox(database, self._lease)
        self._publisher = Publisher(bootstrap)
        self._tracer = tracer
        self._stir = asyncio.Event()
        self._acked = asyncio.Event()
        self._done: list[int] = []
        self._held: set[int] = set()
        self._lanes: dict[tuple[str, int], Lane] = {}
        self.republished = 0
        """How many events were published again because an operator asked for it."""

    @property
    def leading(self) -> bool:
        """Whether this instance relays now."""
        return self._lease.holds

    def unpublishable(self) -> list[int]:
        """Outbox positions that no relay can publish: too large for Kafka, or behind such a one."""
        return [position for lane in self._lanes.values() for position in lane.unpublishable()]

    def wake(self) -> None:
        """Something was committed: look at once. Cheap; call it after every commit."""
        self._stir.set()

    async def run(self) -> None:
        """Relay for ever; cancel it to stop. The lease is then free at once."""
        backoff = Backoff()
        try:
            while True:
                try:
                    if await self._lease.acquire():
                        log.info("relay-leads", schema=self._database.schema, epoch=self._lease.epoch)
                        backoff.reset()
                        await self._lead()
                    else:
                        await asyncio.sleep(self._lease.seconds / 4)
                except* (Transient, LeaseLost, asyncpg.PostgresError) as errors:
                    self.moved.refused(errors.exceptions[0])
                    log.warning("relay-interrupted", reason=repr(errors.exceptions[0]))
                    await backoff.pause()
        finally:
            await self._leave()

    async def _lead(self) -> None:
        self._done, self._held = [], set()
        self._publisher.forget_ends()
        self._lanes = {
            (source, number): Lane(
                source, TOPICS[source], number, self._publisher, self._lease, self._on_acked, self._tracer
            )
            for source in self._sources
            for number in range(PARTITIONS)
        }
        async with asyncio.TaskGroup() as group:
            group.create_task(self._renewing())
            group.create_task(self._forgetting())
            group.create_task(self._reading())
            for lane in self._lanes.values():
                group.create_task(lane.run())

    async def _reading(self) -> None:
        mark: tuple[datetime, int] | None = None
        due = time.monotonic()
        while True:
            if self._lease.republish:
                await self._publish_history()
                mark = None
            if mark is None and time.monotonic() >= due:
                mark = await self._outbox.clock()
                due = time.monotonic() + MARK_EVERY
            self._stir.clear()
            if len(self._held) >= MANY_HELD:
                # Kafka is slower than the writers, or away: reading more often would help nobody.
                await asyncio.sleep(0.05)
                if len(self._held) >= MOST_HELD:
                    continue
            found = await self._outbox.read(self._held, READ)
            for row in found.rows:
                self._held.add(row.position)
                self._offer(row)
            if len(found.rows) == READ:
                continue
            # Nothing visible is missing from the lanes: whoever wrote up to the mark's instant is done.
            if mark is not None and found.xmin >= mark[1]:
                for lane in self._lanes.values():
                    lane.mark(mark[0])
                mark = None
            wait = 0.01 if mark is not None else min(FALLBACK, max(0.0, due - time.monotonic()))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._stir.wait()

    async def _forgetting(self) -> None:
        while True:
            await self._acked.wait()
            self._acked.clear()
            done, self._done = self._done, []
            await self._outbox.forget(done)
            self._held.difference_update(done)

    async def _renewing(self) -> None:
        while True:
            await asyncio.sleep(self._lease.seconds / 4)
            await self._lease.renew()

    async def _publish_history(self) -> None:
        """While this runs nothing else is read, so whatever is newer comes after."""
        log.info("republishing", schema=self._database.schema)
        total, after = 0, _BEGINNING
        while rows := await self._outbox.history(after, READ):
            for row in rows:
                self._offer(row)
            total += len(rows)
            after = (rows[-1].attributes.subject, rows[-1].attributes.version)
            for lane in self._lanes.values():
                await lane.shorter_than(READ)
        for lane in self._lanes.values():
            await lane.shorter_than(1)
        await self._lease.republished()
        self.republished += total
        log.info("republished", schema=self._database.schema, events=total)

    def _offer(self, row: Row) -> None:
        attributes = row.attributes
        self._lanes[attributes.source, partition_of(attributes.subject)].offer(row)

    def _on_acked(self, rows: list[Row]) -> None:
        self.moved.by(len(rows))
        self._done += [row.position for row in rows if row.position]
        if self._done:
            self._acked.set()

    async def _leave(self) -> None:
        with contextlib.suppress(Transient, asyncpg.PostgresError):
            await self._lease.release()
        await self._publisher.close()
