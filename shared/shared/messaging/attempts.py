"""One transaction for offset, heads, parked events and whatever the handler makes of a batch.

What is away is waited for, however long; what a handler cannot do is given back as its error.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import asyncpg
import structlog

from shared.errors import Conflict, Transient
from shared.events import wire
from shared.eventstore.database import Database, Transaction
from shared.messaging import advancing, disputes, lines, offsets, tracing
from shared.messaging.backoff import Backoff
from shared.messaging.batch import Batch, BatchHandler
from shared.messaging.moved import Moved
from shared.messaging.offsets import OffsetMoved, Step, Unreadable
from shared.messaging.order import Line, Reason
from shared.messaging.received import Received

log = structlog.get_logger()
T = TypeVar("T")

ATTEMPTS_AT_CONFLICT = 5
ATTEMPTS_AT_TIMEOUT = 3
"""A batch that takes too long each time is too large: then it is given back, to be halved."""
_AGAIN = (
    Transient,
    lines.HeadsMoved,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
)
_TOO_LONG = (TimeoutError, asyncpg.QueryCanceledError, asyncpg.IdleInTransactionSessionTimeoutError)


class Attempts:
    """Each method either commits everything or nothing."""

    def __init__(
        self,
        database: Database,
        handle: BatchHandler,
        tracer: tracing.Tracer,
        moved: Moved | None = None,
    ) -> None:
        self._database = database
        self._moved = moved or Moved()
        self._handle = handle
        self._tracer = tracer

    async def batch(
        self,
        source: str,
        partition: int,
        events: Sequence[Received],
        live: bool,
        step: Step | None = None,
        unreadable: Sequence[Unreadable] = (),
    ) -> set[UUID] | Exception:
        """Handle what is next of `events`; park what comes too early; drop what is held.

        Gives the subjects that moved on and have more parked, or the handler's error. Raises OffsetMoved.
        """

        async def attempt() -> set[UUID]:
            async with self._database.unstamped() as connection:
                tx, advanced = await advancing.begin(connection, self._database.offset, source, events, step)
                others = {event.subject for event in events} - advanced
                known = await lines.load(tx, source, others)
                if unreadable and step is not None:
                    await offsets.quarantine(tx, step.topic, step.partition, unreadable)
                accepted = [
                    event
                    for event in events
                    if event.subject in advanced or known[event.subject].offer(event)
                ]
                done = await self._hand(tx, source, partition, accepted, known, live)
            _run_committed(done)
            disputes.report(source, partition, known.values())
            return {
                subject for subject, line in known.items() if line.parked and line.version > line.began_at
            }

        return await self._persistently(attempt, divisible=len(events) > 1)

    async def next_parked(self, source: str, partition: int, subject: UUID) -> bool:
        """Handle the parked event of `subject` whose turn it is; whether one was handled."""
        tried: list[Received] = []

        async def attempt() -> bool:
            tried.clear()
            async with self._database.transaction() as tx:
                line = (await lines.load(tx, source, [subject]))[subject]
                if line.ready is None:
                    return False
                tried.append(await lines.take_parked(tx, source, subject, line.ready))
                line.advance(tried[0])
                done = await self._hand(tx, source, partition, tried, {subject: line}, True)
            _run_committed(done)
            return True

        outcome = await self._persistently(attempt)
        if isinstance(outcome, bool):
            return outcome
        if not tried:
            raise outcome
        await self.park(source, partition, tried[0], outcome)
        return False

    async def park(
        self, source: str, partition: int, event: Received, error: Exception, step: Step | None = None
    ) -> None:
        """Hold `event` back, and its ticket with it, until an operator has looked."""
        name = type(error).__name__

        async def attempt() -> None:
            async with self._database.transaction() as tx:
                line = (await lines.load(tx, source, [event.subject], step))[event.subject]
                if event.version > line.version:
                    line.put_aside(event, Reason.FAILED, f"{name}: {error}"[:2000].replace("\0", ""))
                await lines.save(tx, source, {event.subject: line})

        if isinstance(failure := await self._persistently(attempt), Exception):
            raise failure
        log.error(
            "event-parked",
            source=source,
            partition=partition,
            subject=str(event.subject),
            version=event.version,
            error=name,
        )

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
        batch = Batch(tx, partition, [event for event in decoded if event is not None], live)
        if batch.events:
            with self._tracer(tracing.processing([event.attributes for event in accepted])):
                await self._handle(batch)
        return batch

    async def _persistently(
        self, attempt: Callable[[], Awaitable[T]], *, divisible: bool = False
    ) -> T | Exception:
        """Try until it works or has no prospect; conflicts are decided again a few times."""
        backoff, conflicts, timeouts = Backoff(), 0, 0
        while True:
            try:
                outcome = await attempt()
            except OffsetMoved:
                raise
            except _AGAIN as error:
                log.info("batch-again", reason=repr(error))
                self._moved.refused(error)
                timeouts += isinstance(error.__cause__, _TOO_LONG)
                if divisible and timeouts >= ATTEMPTS_AT_TIMEOUT:
                    return error
                await backoff.pause()
            except Conflict as error:
                conflicts += 1
                if conflicts >= ATTEMPTS_AT_CONFLICT:
                    return error
                await asyncio.sleep(0.01 * conflicts)
            except Exception as error:
                self._moved.by(1)
                return error
            else:
                self._moved.by(1)
                return outcome


def _run_committed(batch: Batch) -> None:
    for callback in batch.committed:
        callback()
