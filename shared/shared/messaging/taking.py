"""Takes events in: one transaction for offset, heads, parked events and whatever the handler makes of it.

A batch that fails is halved until the one event that cannot be handled stands alone; that one is parked,
and its ticket with it. Events are handed on in the order in which they came.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import asyncpg
import structlog

from shared.errors import Conflict, Transient
from shared.events import wire
from shared.eventstore.database import Database, Transaction
from shared.messaging import lines, offsets, tracing
from shared.messaging.backoff import Backoff
from shared.messaging.batch import Batch, BatchHandler
from shared.messaging.offsets import OffsetMoved, Step, Unreadable
from shared.messaging.order import Diverged, Line, Reason
from shared.messaging.received import Received

log = structlog.get_logger()

ATTEMPTS_AT_CONFLICT = 5
_AGAIN = (
    Transient,
    lines.HeadsMoved,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
_STOPS = (Diverged, OffsetMoved)


class Item(NamedTuple):
    """A record at its offset: an event of ours, or not."""

    offset: int
    content: Received | Unreadable


class Taker:
    """Shared by what comes from Kafka and what is pulled from feeds."""

    def __init__(self, database: Database, handle: BatchHandler, tracer: tracing.Tracer) -> None:
        self._database = database
        self._handle = handle
        self._tracer = tracer

    async def from_log(
        self, source: str, topic: str, partition: int, items: Sequence[Item], expected: int
    ) -> None:
        """Process records that follow each other from offset `expected` on.

        Raises OffsetMoved or Diverged; waits for as long as a dependency is away.
        """
        step = Step(topic, partition, expected, items[-1].offset + 1, _id(items[-1]))
        events = [item.content for item in items if isinstance(item.content, Received)]
        unreadable = [item.content for item in items if isinstance(item.content, Unreadable)]
        for record in unreadable:
            log.error("record-quarantined", topic=topic, partition=partition, offset=record.offset)
        error = await self._attempt(source, partition, events, True, step, unreadable)
        if error is None:
            return
        if len(items) == 1:
            await self._park(source, partition, events[0], error, step)
            return
        middle = len(items) // 2
        await self.from_log(source, topic, partition, items[:middle], expected)
        await self.from_log(source, topic, partition, items[middle:], items[middle - 1].offset + 1)

    async def from_feed(self, source: str, partition: int, events: Sequence[Received], live: bool) -> None:
        """Process events of a feed; what is held already is dropped. Raises Diverged."""
        error = await self._attempt(source, partition, events, live)
        if error is None:
            return
        if len(events) == 1:
            await self._park(source, partition, events[0], error)
            return
        middle = len(events) // 2
        await self.from_feed(source, partition, events[:middle], live)
        await self.from_feed(source, partition, events[middle:], live)

    async def release(self, source: str, partition: int, subject: UUID) -> None:
        """Handle the parked events of `subject` whose turn has come, one by one. Raises Diverged."""
        while True:
            error = await self._attempt_parked(source, partition, subject)
            if error is not None:
                return

    async def _attempt_parked(self, source: str, partition: int, subject: UUID) -> Exception | str | None:
        backoff = Backoff()
        while True:
            received: Received | None = None
            try:
                async with self._database.transaction() as tx:
                    line = (await lines.load(tx, source, [subject]))[subject]
                    if line.ready is None:
                        return "nothing is ready"
                    received = await lines.take_parked(tx, source, subject, line.ready)
                    line.advance(received)
                    batch = await self._hand(tx, source, partition, [received], {subject: line}, True)
            except _AGAIN:
                await backoff.pause()
            except _STOPS:
                raise
            except Exception as error:
                if received is None:
                    raise
                await self._park(source, partition, received, error)
                return error
            else:
                _run_committed(batch)
                return None

    async def _attempt(
        self,
        source: str,
        partition: int,
        events: Sequence[Received],
        live: bool,
        step: Step | None = None,
        unreadable: Sequence[Unreadable] = (),
    ) -> Exception | None:
        """One transaction; the handler's error when it must be halved. Dependencies away are waited for."""
        backoff, conflicts = Backoff(), 0
        while True:
            try:
                async with self._database.transaction() as tx:
                    if step is not None:
                        await offsets.advance(tx, step)
                    if unreadable and step is not None:
                        await offsets.quarantine(tx, step.topic, step.partition, list(unreadable))
                    known = await lines.load(tx, source, (e.subject for e in events)) if events else {}
                    accepted = [event for event in events if known[event.subject].offer(event)]
                    batch = await self._hand(tx, source, partition, accepted, known, live)
            except _STOPS:
                raise
            except _AGAIN as error:
                log.info("batch-again", source=source, partition=partition, reason=repr(error))
                await backoff.pause()
            except Conflict as error:
                conflicts += 1
                if conflicts >= ATTEMPTS_AT_CONFLICT:
                    return error
                await asyncio.sleep(0.01 * conflicts)
            except Exception as error:
                if not events:
                    raise
                return error
            else:
                _run_committed(batch)
                for subject in {e.subject for e in accepted if known[e.subject].parked}:
                    await self.release(source, partition, subject)
                return None

    async def _hand(
        self,
        tx: Transaction,
        source: str,
        partition: int,
        accepted: Sequence[Received],
        known: dict[UUID, Line],
        live: bool,
    ) -> Batch:
        await lines.save(tx, source, known)
        decoded = [wire.decode(event.attributes, event.value) for event in accepted]
        events = [event for event in decoded if event is not None]
        batch = Batch(tx, partition, events, live)
        if events:
            with self._tracer(tracing.processing([event.attributes for event in accepted])):
                await self._handle(batch)
        return batch

    async def _park(
        self, source: str, partition: int, received: Received, error: Exception, step: Step | None = None
    ) -> None:
        log.error(
            "event-parked",
            source=source,
            partition=partition,
            subject=str(received.subject),
            version=received.version,
            error=type(error).__name__,
        )
        backoff = Backoff()
        while True:
            try:
                async with self._database.transaction() as tx:
                    if step is not None:
                        await offsets.advance(tx, step)
                    line = (await lines.load(tx, source, [received.subject]))[received.subject]
                    if received.version > line.version:
                        line.put_aside(received, Reason.FAILED, f"{type(error).__name__}: {error}"[:2000])
                    await lines.save(tx, source, {received.subject: line})
            except _AGAIN:
                await backoff.pause()
            else:
                return


def _id(item: Item) -> UUID | None:
    return item.content.attributes.id if isinstance(item.content, Received) else None


def _run_committed(batch: Batch) -> None:
    for callback in batch.committed:
        callback()
