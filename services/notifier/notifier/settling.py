"""Writes down what came of each mail, many in one transaction, together with the event that tells of it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import asyncpg

from notifier import claims
from notifier.claims import Settled
from notifier.domain.ticket import Ticket
from notifier.ledger import EMAIL
from notifier.outcomes import Accepted, Deferred, Refused, Unknown
from shared.errors import Transient
from shared.events.catalogue import type_name
from shared.events.ids import derived_id
from shared.events.notification import NotificationEvent, NotificationFailed, NotificationSent
from shared.eventstore.database import Database, Transaction
from shared.eventstore.states import Held, StateCache
from shared.eventstore.store import Append, EventStore, NewEvent, StreamConflict
from shared.runtime import logs

MOST: Final = 64
_PAUSE: Final = 0.5
PASSING: Final = (
    Transient,
    StreamConflict,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
)
"""What may go better a moment later; anything else is a fault, and ends the process loudly."""


class Settling:
    """A queue of outcomes. They are kept until written: a database that is away costs nothing but time."""

    def __init__(
        self, database: Database, store: EventStore, instance: int, told: Callable[[], None]
    ) -> None:
        self._database = database
        self._store = store
        self._instance = instance
        self._told = told
        self._waiting: deque[Settled] = deque()
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def put(self, settled: Settled) -> None:
        """Note what came of a row."""
        self._waiting.append(settled)
        self._empty.clear()
        self._filled.set()

    async def settled(self) -> None:
        """Wait until everything noted so far is durable."""
        await self._empty.wait()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._filled.wait()
            batch = list(self._waiting)[:MOST]
            try:
                await self._write(batch)
            except PASSING as error:
                logs.log_failure("outcomes wait to be written", error, waiting=len(self._waiting))
                await asyncio.sleep(_PAUSE)
                continue
            for _ in batch:
                self._waiting.popleft()
            if not self._waiting:
                self._filled.clear()
                self._empty.set()

    async def _write(self, batch: Sequence[Settled]) -> None:
        async with self._database.transaction() as tx:
            states = StateCache(tx, Ticket)
            await states.preload(settled.row.ticket_id for settled in batch)
            ours = await claims.settle(tx, self._instance, batch)
            said = [append for settled in batch if settled.row.id in ours for append in _told(settled, tx)]
            await self._append(tx, states, said)
            await states.flush()
        if said:
            self._told()

    async def _append(self, tx: Transaction, states: StateCache[Ticket], said: Sequence[Append]) -> None:
        """One append per stream and statement, each at the version that the ticket's stream has by then."""
        by_stream: dict[UUID, deque[Append]] = {}
        for append in said:
            by_stream.setdefault(append.stream, deque()).append(append)
        while ready := [queue.popleft() for _, queue in sorted(by_stream.items()) if queue]:
            placed = []
            for append in ready:
                held = states.get(append.stream)
                if held is None:
                    raise LookupError(f"the ticket {append.stream} of a mail is not known")
                placed.append(_at(append, held.version))
                states.put(append.stream, Held(held.state, held.version + 1, held.tenant))
            await self._store.append(tx, placed)


def _at(append: Append, version: int) -> Append:
    return Append(
        stream=append.stream,
        tenant=append.tenant,
        expected=version,
        events=append.events,
        correlation_id=append.correlation_id,
        causation_id=append.causation_id,
        traceparent=append.traceparent,
    )


def _told(settled: Settled, tx: Transaction) -> list[Append]:
    row = settled.row
    event = _event(settled, tx)
    if event is None:
        return []
    return [
        Append(
            stream=row.ticket_id,
            tenant=row.tenant,
            expected=0,
            events=[NewEvent(derived_id(row.id, type_name(event)), tx.now, event)],
            correlation_id=row.correlation_id,
            causation_id=row.event_id,
            traceparent=settled.traceparent,
        )
    ]


def _event(settled: Settled, tx: Transaction) -> NotificationEvent | None:
    row = settled.row
    match settled.outcome:
        case Accepted():
            return NotificationSent(
                notification_id=str(row.id),
                about=str(row.event_id),
                template=row.template,
                channel=EMAIL,
                recipient=row.recipient,
                attempts=row.attempts,
                address=row.address,
            )
        case Refused(reason) | Deferred(reason) | Unknown(reason) if isinstance(
            settled.outcome, Refused
        ) or claims.given_up(settled, tx.now):
            return NotificationFailed(
                notification_id=str(row.id),
                about=str(row.event_id),
                template=row.template,
                channel=EMAIL,
                recipient=row.recipient,
                attempts=row.attempts,
                reason=reason,
                address=row.address,
            )
        case _:
            return None
