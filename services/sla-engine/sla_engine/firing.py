"""Fires due timers: claim, warnings and breaches, state, outbox and next timer in one transaction.

Never twice: states are locked, every timer is guarded by its generation, every stream by its version, and a
deadline's breach has one possible id. An instance that was frozen and wakes up finds all of that moved on.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from shared.eventstore.database import Database
from shared.eventstore.store import EventStore
from shared.messaging.partitions import partition_of
from shared.runtime.logs import log_failure
from sla_engine.adapters import timer_table
from sla_engine.adapters.timer_table import FAR, Timer
from sla_engine.domain import falling_due
from sla_engine.domain.instants import from_micros, to_micros
from sla_engine.kept import Cause
from sla_engine.recording import start_of
from sla_engine.work import Work

EVIDENCE = "/intake"
"""Who tells what may show that a deadline was met in time."""
MOST = 500
"""Timers per transaction."""
PATIENCE = timedelta(seconds=3)
"""How old the newest processed progress mark may be."""
PUT_OFF = timedelta(minutes=1)
"""How long a timer rests that could not be fired."""


class Fired(NamedTuple):
    """What a run came to. `told`: whether there is anything to publish; `held`: whether breaches wait."""

    now: datetime
    next_at: datetime | None
    told: bool
    held: bool


class Firing:
    """Works on one partition at a time; the caller holds the partition's lock."""

    def __init__(self, database: Database, store: EventStore) -> None:
        self._database = database
        self._store = store

    async def fire(
        self, partition: int, fresh_from: datetime, mark: datetime | None, *, held: bool, limit: int = MOST
    ) -> Fired:
        """Fire what is due. Raises Transient, TimersMoved, StreamConflict: look again then.

        Breaches are held while `mark`, the newest processed one, is older than PATIENCE, or than
        `fresh_from`, and a ticket's own while events of it are parked: marks pass those by. `held`: the
        partition has held timers, which are looked at again once its marks are fresh.
        """
        async with self._database.transaction() as tx:
            hold = lags(mark, tx.now, fresh_from)
            if held and not hold:
                await timer_table.release(tx, partition)
            claimed = await timer_table.due(tx, partition, limit)
            parked = await timer_table.parked(tx, EVIDENCE, claimed) if claimed else set()
            work = Work(tx)
            await work.load(timer.ticket for timer in claimed)
            timers = [_tell(work, timer.ticket, hold or timer.ticket in parked) for timer in claimed]
            told = await work.save(self._store)
            await timer_table.advance(tx, claimed, timers)
            following = await timer_table.next_of(tx.connection, [partition])
        waits = (hold and held) or any(timer.held for timer in timers)
        return Fired(tx.now, following[partition], told, waits)

    async def put_off_oldest(self, partition: int, error: Exception) -> None:
        """One timer cannot be fired: let it rest, so that those behind it can."""
        async with self._database.transaction() as tx:
            for timer in await timer_table.due(tx, partition, 1):
                log_failure("a timer cannot be fired", error, ticket=str(timer.ticket))
                await timer_table.put_off(tx, timer, tx.now + PUT_OFF)


def lags(mark: datetime | None, now: datetime, fresh_from: datetime) -> bool:
    """Whether evidence may still be under way: the newest processed mark is old, or from before the start."""
    return mark is None or mark < max(now - PATIENCE, fresh_from)


def _tell(work: Work, ticket: UUID, hold: bool) -> Timer:
    held = work.get(ticket)
    state, origin, now = held.state.state, held.state.origin, to_micros(work.tx.now)
    if state is None or origin is None:
        return Timer(ticket, partition_of(ticket), held.tenant, None, held.version)
    for event in falling_due.due(state, now, hold_breaches=hold):
        cause = Cause(start_of(event.deadline_id), origin.correlation_id, origin.traceparent)
        state = work.tell(ticket, state, cause, [(event, work.tx.now)])
    wake = falling_due.next_wake(state)
    waits = wake is not None and wake <= now
    if waits:
        wake = falling_due.next_wake(state, beyond=now)
    at = None if wake is None else from_micros(wake)
    version = work.get(ticket).version
    return Timer(ticket, partition_of(ticket), held.tenant, at or (FAR if waits else None), version, waits)
