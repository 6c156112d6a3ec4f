"""A service's consumer: hands each event of its sources to a handler exactly once, in order per ticket.

Offset, heads, parked events and the handler's writes move in one transaction. Kafka may go away and come
back at any time: the consumer connects again by itself. It stops loudly only when the log was replaced
(TopicReplaced): that is for a person to judge.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog
from aiokafka.errors import KafkaError

from shared.errors import Transient
from shared.events.catalogue import TOPICS
from shared.eventstore.database import Database
from shared.messaging import tracing
from shared.messaging.attempts import Attempts
from shared.messaging.backoff import Backoff
from shared.messaging.batch import BatchHandler
from shared.messaging.cursors import Place
from shared.messaging.feeds import Feeds
from shared.messaging.folding import Folding, Locks
from shared.messaging.moved import Moved
from shared.messaging.progress import Progress
from shared.messaging.repair import Repair
from shared.messaging.session import Session
from shared.messaging.taking import Taker

log = structlog.get_logger()

SILENCE = 5.0
"""Seconds without a record or mark, after which the connection counts as having been lost."""


class Consumer:
    """`group` is the consumer's name; every instance of a service subscribes to the same `sources`."""

    def __init__(
        self,
        database: Database,
        group: str,
        sources: Sequence[str],
        handle: BatchHandler,
        feeds: Feeds,
        bootstrap: str,
        *,
        tracer: tracing.Tracer = tracing.no_spans,
    ) -> None:
        self.ready = asyncio.Event()
        self._group = group
        self._bootstrap = bootstrap
        self._locks = Locks()
        self._moved = Moved()
        self.topics = [TOPICS[source] for source in sources]
        self._progress = Progress(database)
        taker = Taker(Attempts(database, handle, tracer, self._moved))
        folding = Folding(database, feeds, taker, self._locks)
        self._session = Session(database, sources, taker, folding, self._locks, self._progress)
        self._repair = Repair(database, sources, folding, taker, self._locks, self._progress, self.held)
        self._reconnecting = False
        self._task: asyncio.Task[None] | None = None

    def partition_lock(self, partition: int) -> asyncio.Lock:
        """Held while a batch of that partition number is handled; timers take it too."""
        return self._locks[partition]

    def held(self) -> frozenset[int]:
        """Partition numbers that are assigned to this instance and have been started."""
        return self._session.held()

    @property
    def moved(self) -> int:
        """Grows with whatever is handled, from the log or a feed. Marks do not count: they may come on while
        a partition of events is no longer fetched."""
        return self._moved.count

    def reading(self) -> frozenset[Place]:
        """What is assigned to this instance and comes from the log: what is being folded does not."""
        return self._session.reading()

    async def caught_up_to(self, source: str, partition: int) -> datetime | None:
        """The newest progress mark whose data has been processed. Raises Transient."""
        return await self._progress.through(source, partition)

    async def run(self) -> None:
        """Consume until `stop()` or cancelled. Raises TopicReplaced (perhaps in a group)."""
        self._task = asyncio.current_task()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._consuming())
            group.create_task(self._repairing())

    async def stop(self) -> None:
        """End `run()` within a bounded time; what was in flight is rolled back and comes again."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task], timeout=10)

    async def _consuming(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._session.run(self._bootstrap, self._group, self._on_poll(backoff))
            except* (KafkaError, Transient, OSError, TimeoutError) as errors:
                log.warning("consumer-reconnects", group=self._group, reason=repr(errors.exceptions[0]))
                self._reconnecting = True
            await backoff.pause()

    def _on_poll(self, backoff: Backoff) -> Callable[[float], None]:
        def heard(silence: float) -> None:
            backoff.reset()
            self.ready.set()
            if silence > SILENCE or self._reconnecting:
                # Not before the partitions are held again: what is not held is not compared.
                self._reconnecting = False
                self._repair.compare_soon()

        return heard

    async def _repairing(self) -> None:
        await self.ready.wait()
        await self._repair.run()
