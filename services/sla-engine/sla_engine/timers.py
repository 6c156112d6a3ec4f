"""The loop that fires deadlines on time: it sleeps until the next instant, and asks nothing meanwhile.

It wakes earlier for a commit of this process (`Schedule.expect`), for a NOTIFY of anybody else, and for a
change of the partitions that it holds. Each partition is fired by a task of its own, serially with the
partition's batches.
"""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import asyncpg

from shared.errors import Conflict, Transient
from shared.eventstore.database import Database
from sla_engine.adapters import timer_table
from sla_engine.firing import EVIDENCE, MOST, PATIENCE, Firing, lags
from sla_engine.schedule import DatabaseClock, Schedule

RECHECK = timedelta(milliseconds=500)
"""How soon to ask again for a mark while breaches are held: marks come every second."""
AGAIN = timedelta(milliseconds=20)
TICK = 1.0
"""Seconds between looks at which partitions are held; in memory only."""
SYNC = 30.0
"""Seconds after which the clock and the schedule are read anew: monotonic clocks drift."""
AT_ONCE = 3
_LATE = 0.001
"""Seconds added to a sleep, because the event loop's timers may be a millisecond early."""


class Partitions(Protocol):
    """What the timers need of the consumer."""

    def partition_lock(self, partition: int) -> asyncio.Lock: ...
    def held(self) -> frozenset[int]: ...
    async def caught_up_to(self, source: str, partition: int) -> datetime | None: ...


class Timers:
    """One per process. `committed` is called after each commit that told something."""

    def __init__(
        self,
        database: Database,
        partitions: Partitions,
        firing: Firing,
        schedule: Schedule,
        committed: Callable[[], None],
    ) -> None:
        self._database = database
        self._partitions = partitions
        self._firing = firing
        self._schedule = schedule
        self._committed = committed
        self._clock = DatabaseClock()
        self._ours: dict[int, datetime] = {}
        self._starting: set[int] = set()
        self._holding: set[int] = set()
        self._busy: set[int] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._synced = float("-inf")
        self.asked = 0
        """How often the database was asked for timers: next to never while nothing falls due."""

    async def run(self) -> None:
        """Fire for ever."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                self._schedule.changed.clear()
                try:
                    if self._partitions.held() != self._ours.keys() or loop.time() > self._synced + SYNC:
                        await self._sync()
                except Transient:
                    await asyncio.sleep(TICK)
                    continue
                for partition in self._schedule.due(self._clock.now(), self._busy):
                    self._busy.add(partition)
                    group.create_task(self._fire(partition))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._schedule.changed.wait()

    def look_again(self) -> None:
        """Somebody else has set timers: read the schedule anew."""
        self._synced = float("-inf")
        self._schedule.changed.set()

    def _pause(self) -> float:
        at = self._schedule.earliest(self._busy)
        left = TICK if at is None else (at - self._clock.now()).total_seconds() + _LATE
        return min(TICK, max(left, 0.0))

    async def _sync(self) -> None:
        self.asked += 1
        held = self._partitions.held()
        now = await self._database.now()
        self._clock.set(now)
        async with self._database.working() as connection:
            instants = await timer_table.next_of(connection, held)
            self._holding = await timer_table.holding(connection, held)
        new = held - self._ours.keys()
        self._starting = (self._starting | new) & held
        self._ours = {partition: self._ours.get(partition, now) for partition in held}
        for partition in self._holding:
            instants[partition] = now
        self._schedule.merge(instants)
        self._synced = asyncio.get_running_loop().time()

    async def _fire(self, partition: int) -> None:
        try:
            async with self._slots, self._partitions.partition_lock(partition):
                if partition in self._partitions.held() and partition in self._ours:
                    await self._fire_locked(partition)
                else:
                    self._schedule.put(partition, None)
        except Transient:
            self._schedule.put(partition, self._clock.now() + timedelta(seconds=TICK))
        except (Conflict, asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
            self._schedule.put(partition, self._clock.now() + AGAIN)
        finally:
            self._busy.discard(partition)
            self._schedule.changed.set()

    async def _fire_locked(self, partition: int) -> None:
        self.asked += 1
        mark = await self._partitions.caught_up_to(EVIDENCE, partition)
        since = self._ours[partition]
        if partition in self._starting:
            # The backlog first. Where no marks come at all, warnings wait no longer than marks may be old.
            now = self._clock.now()
            if lags(mark, now, since) and now < since + PATIENCE:
                self._schedule.put(partition, now + RECHECK)
                return
            self._starting.discard(partition)
        fired = None
        for limit in (MOST, 1):
            try:
                fired = await self._firing.fire(
                    partition, since, mark, held=partition in self._holding, limit=limit
                )
                break
            except (Transient, Conflict, asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                raise
            except Exception as error:
                if limit == 1:
                    await self._firing.put_off_oldest(partition, error)
        if fired is None:
            self._schedule.put(partition, self._clock.now())
            return
        self._schedule.put(partition, fired.next_at)
        if fired.held:
            self._holding.add(partition)
            self._schedule.expect(partition, fired.now + RECHECK)
        else:
            self._holding.discard(partition)
        if fired.told:
            self._committed()
