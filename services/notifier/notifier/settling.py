"""Writes down what came of each mail, many in one transaction, together with the event that tells of it."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

import asyncpg
from msgspec import UNSET

from notifier import claims
from notifier.claims import Settled
from notifier.domain.ticket import Ticket
from notifier.ledger import EMAIL
from notifier.outcomes import Accepted, Deferred, Exhausted, Refused, Unknown
from notifier.saying import new_event, say
from shared.errors import Transient
from shared.events.notification import NotificationEvent, NotificationFailed, NotificationSent
from shared.eventstore.database import Database, Transaction
from shared.eventstore.states import StateCache
from shared.eventstore.store import Append, EventStore, StreamConflict
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
        self._waiting: deque[Sequence[Settled]] = deque()
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()

    def put(self, settled: Sequence[Settled]) -> None:
        """Note what came of a mail's rows; they are settled together."""
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
            mails = self._next()
            try:
                await self._write([settled for mail in mails for settled in mail])
            except PASSING as error:
                logs.log_failure("outcomes wait to be written", error, waiting=len(self._waiting))
                await asyncio.sleep(_PAUSE)
                continue
            for _ in mails:
                self._waiting.popleft()
            if not self._waiting:
                self._filled.clear()
                self._empty.set()

    def _next(self) -> list[Sequence[Settled]]:
        """Whole mails, of about MOST rows in all: what went in one mail is never settled by halves."""
        rows = accumulate(len(mail) for mail in self._waiting)
        return [mail for mail, upto in zip(self._waiting, rows, strict=True) if upto - len(mail) < MOST]

    async def _write(self, batch: Sequence[Settled]) -> None:
        async with self._database.transaction() as tx:
            states = StateCache(tx, Ticket)
            await states.preload(settled.row.ticket_id for settled in batch)
            ours = await claims.settle(tx, self._instance, batch)
            said = [append for settled in batch if settled.row.id in ours for append in _told(settled, tx)]
            await say(tx, self._store, states, said)
            await states.flush()
        if said:
            self._told()


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
            events=[new_event(tx, row.id, event)],
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
                carried_by=UNSET if settled.lead is None else str(settled.lead.id),
            )
        case Refused(reason) | Exhausted(reason) | Deferred(reason) | Unknown(reason) if isinstance(
            settled.outcome, Refused | Exhausted
        ) or claims.given_up(settled, tx.now):
            return NotificationFailed(
                notification_id=str(row.id),
                about=str(row.event_id),
                template=row.template,
                channel=EMAIL,
                recipient=row.recipient,
                attempts=row.attempts - isinstance(settled.outcome, Exhausted),
                reason=reason,
                address=row.address,
            )
        case _:
            return None
