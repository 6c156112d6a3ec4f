"""The consumer's handler: a batch's events, their effects and the next timers in one transaction."""

from collections.abc import Callable

from shared.eventstore.store import EventStore
from shared.messaging.batch import Batch
from sla_engine.adapters import timer_table
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.contract_table import Contracts
from sla_engine.agreements import Agreements
from sla_engine.schedule import Schedule
from sla_engine.subscriptions import HANDLERS
from sla_engine.work import Work


class Consuming:
    """`committed` is called after a commit that told something: it wakes the relay.

    Deadlines are facts, whoever hears of them: so a batch that is not live is handled as any other.
    """

    def __init__(
        self,
        store: EventStore,
        agreements: Agreements,
        calendars: Calendars,
        contracts: Contracts,
        schedule: Schedule,
        committed: Callable[[], None],
    ) -> None:
        self._store = store
        self._agreements = agreements
        self._calendars = calendars
        self._contracts = contracts
        self._schedule = schedule
        self._committed = committed

    async def handle(self, batch: Batch) -> None:
        """Raises StreamConflict when another instance was first, UnknownPolicy and OutsideCalendar."""
        if await self._contracts.learn(batch.tx, batch.events):
            batch.after_commit(self._contracts.outdated)
        events = [event for event in batch.events if type(event.data) in HANDLERS]
        if not events:
            return
        await self._calendars.hold(batch.tx)
        work = Work(batch.tx)
        await work.load(event.subject for event in events)
        for event in events:
            HANDLERS[type(event.data)](work, self._agreements, event)
        timers = work.timers()
        if await work.save(self._store):
            await timer_table.set_all(batch.tx, timers)
            batch.after_commit(self._committed)
        wakes = [timer.wake_at for timer in timers if timer.wake_at is not None]
        if wakes:
            batch.after_commit(lambda: self._schedule.expect(batch.partition, min(wakes)))
