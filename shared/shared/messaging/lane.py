"""One partition's way out: a queue, one batch in flight, sent again until it is acknowledged.

A lane that fails stops itself only; the others go on.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from itertools import takewhile

import structlog
from aiokafka.errors import MessageSizeTooLargeError

from shared.events import wire
from shared.messaging import marks, tracing
from shared.messaging.backoff import Backoff
from shared.messaging.lease import Lease
from shared.messaging.outbox import Row
from shared.messaging.publisher import Publisher, Record, TooLarge, Unpublished
from shared.messaging.topics import PROGRESS

log = structlog.get_logger()

BATCH = 500


class Lane:
    """`acknowledged` is told the rows that are out; `source` names the marks."""

    def __init__(
        self,
        source: str,
        topic: str,
        partition: int,
        publisher: Publisher,
        lease: Lease,
        acknowledged: Callable[[list[Row]], None],
        tracer: tracing.Tracer,
    ) -> None:
        self._source = source
        self._topic = topic
        self._partition = partition
        self._publisher = publisher
        self._lease = lease
        self._acknowledged = acknowledged
        self._tracer = tracer
        self._queue: deque[Row | datetime] = deque()
        self._filled = asyncio.Event()
        self._shrunk = asyncio.Condition()
        self._too_large = False

    def unpublishable(self) -> list[int]:
        """The outbox positions of an event that is too large for Kafka and of all behind it."""
        return [item.position for item in self._queue if isinstance(item, Row)] if self._too_large else []

    async def shorter_than(self, length: int) -> None:
        """Wait until fewer than `length` rows and marks are queued."""
        async with self._shrunk:
            await self._shrunk.wait_for(lambda: len(self._queue) < length)

    def offer(self, row: Row) -> None:
        """Send this after all that was offered before."""
        self._queue.append(row)
        self._filled.set()

    def mark(self, through: datetime) -> None:
        """Publish a mark once everything offered so far is out; a newer one replaces one beside it."""
        if self._queue and isinstance(self._queue[-1], datetime):
            self._queue.pop()
        self._queue.append(through)
        self._filled.set()

    async def run(self) -> None:
        """Send for ever. Raises LeaseLost once the lease is not surely ours."""
        backoff = Backoff(longest=1.0)
        while True:
            if not self._queue:
                self._filled.clear()
                await self._filled.wait()
            self._lease.check()
            try:
                await self._step()
            except Unpublished as error:
                self._too_large = isinstance(error.__cause__, MessageSizeTooLargeError)
                log.warning("publishing-failed", reason=str(error), failures=backoff.failures)
                await backoff.pause()
            except TooLarge:
                self._too_large = True
                self._report_too_large()
                await asyncio.sleep(5)
            else:
                self._too_large = False
                backoff.reset()
                async with self._shrunk:
                    self._shrunk.notify_all()

    async def _step(self) -> None:
        head = self._queue[0]
        if isinstance(head, datetime):
            await self._publish_mark(head)
            if self._queue[0] is head:
                self._queue.popleft()
            return
        rows = [
            item
            for item in takewhile(lambda item: not isinstance(item, datetime), list(self._queue)[:BATCH])
            if isinstance(item, Row)
        ]
        with self._tracer(tracing.publishing([row.attributes for row in rows])):
            sent = await self._publisher.send(self._topic, self._partition, [_record(row) for row in rows])
        for _ in range(sent.records):
            self._queue.popleft()
        self._acknowledged(rows[: sent.records])

    async def _publish_mark(self, through: datetime) -> None:
        after = await self._publisher.next_offset(self._topic, self._partition)
        mark = marks.Mark(self._source, self._topic, self._partition, through, after)
        await self._publisher.send(PROGRESS, self._partition, [marks.encode(mark)])

    def _report_too_large(self) -> None:
        head = self._queue[0]
        if isinstance(head, Row):
            log.error(
                "event-too-large-to-publish", subject=str(head.attributes.subject), bytes=len(head.value)
            )


def _record(row: Row) -> Record:
    out = wire.outgoing(row.attributes, row.value)
    return Record(out.key, out.value, out.headers)
