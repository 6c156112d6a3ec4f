"""Moves the running deadlines of a policy's tickets after a deviation was announced (R4).

What is computed from the announcement on goes by it already; these were computed before. An engine that stops
halfway finds at its next start what is left; doing it again moves nothing twice.
"""

import asyncio
from collections.abc import Callable
from uuid import UUID

from shared.errors import Conflict, Transient
from shared.events.envelope import Recorded
from shared.eventstore.database import Database
from shared.eventstore.store import EventStore
from shared.runtime.logs import log_failure
from sla_engine.adapters import timer_table
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.open_states import BEGINNING, OPEN_AFTER
from sla_engine.agreements import Agreements
from sla_engine.announcements import Announcements
from sla_engine.domain.announcing import moved
from sla_engine.domain.calendar import OutsideCalendar
from sla_engine.domain.instants import to_micros
from sla_engine.kept import cause_of
from sla_engine.work import Work

MOST = 500
"""Tickets per transaction."""
AGAIN = 1.0
"""Seconds until an interrupted sweep goes on."""
RECHECK = 60.0
"""Seconds until an instance looks for a sweep that another one left undone."""


class Sweeping:
    """`committed` is called after a commit that told something: it wakes the relay."""

    def __init__(
        self,
        database: Database,
        store: EventStore,
        agreements: Agreements,
        calendars: Calendars,
        announcements: Announcements,
        committed: Callable[[], None],
    ) -> None:
        self._database = database
        self._store = store
        self._agreements = agreements
        self._calendars = calendars
        self._announcements = announcements
        self._committed = committed
        self._stir = asyncio.Event()

    def wake(self) -> None:
        """Something was announced."""
        self._stir.set()

    async def run(self) -> None:
        """Sweep for ever whatever has been announced."""
        while True:
            self._stir.clear()
            pause = RECHECK
            try:
                await self.all()
            except (Transient, Conflict):
                pause = AGAIN
            except Exception as error:
                log_failure("running deadlines cannot be moved", error)
            try:
                async with asyncio.timeout(pause):
                    await self._stir.wait()
            except TimeoutError:
                continue

    async def all(self) -> None:
        """Every policy whose tickets have not been gone through since its last announcement."""
        for policy, version in await self._calendars.unswept():
            cause = await self._announcements.newest(policy)
            after: UUID | None = BEGINNING
            while after is not None:
                after = await self._some(policy, cause, after)
            await self._calendars.swept(policy, version)

    async def _some(self, policy: str, cause: Recorded, after: UUID) -> UUID | None:
        """The next tickets by id; gives the last of them, None at the end."""
        async with self._database.transaction() as tx:
            await self._calendars.hold(tx)
            rows = await tx.connection.fetch(f"SELECT subject {OPEN_AFTER}", after, policy, MOST)
            work = Work(tx)
            await work.load(row["subject"] for row in rows)
            for row in rows:
                self._move(work, policy, row["subject"], cause)
            told = await work.save(self._store)
            if told:
                await timer_table.set_all(tx, work.timers())
                await timer_table.tell_others(tx)
        if told:
            self._committed()
        return rows[-1]["subject"] if len(rows) == MOST else None

    def _move(self, work: Work, policy: str, ticket: UUID, cause: Recorded) -> None:
        held = work.get(ticket)
        state = held.state.state
        if state is None or state.policy != policy:
            return
        try:
            facts, events = moved(self._agreements.of_policy(policy), state, to_micros(cause.time))
        except OutsideCalendar as error:
            log_failure("a ticket's deadlines cannot be moved", error, ticket=str(ticket))
            return
        if events or facts != state:
            work.tell(ticket, facts, cause_of(cause), [(event, cause.time) for event in events])
