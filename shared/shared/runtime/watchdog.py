"""Ends a process that is alive and gets nothing done; the supervisor starts it anew."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.runtime.logs import get
from shared.runtime.tasks import CRASHED, End, end_process

LOOKS = 6
"""How often it looks within its patience."""


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Ends the process only when, for `patience` seconds, work waits, nothing moves, *and* at each look a
    fresh probe of the dependencies succeeds: with a dependency away a new process would be no better, and
    with one that has just come back this one is given its time to connect again.

    `moved` counts what has been done, and only ever grows; `waiting` says whether there is work;
    `probe` makes new connections (one that raises or takes over five seconds has not succeeded).
    """

    name: str
    waiting: Callable[[], Awaitable[bool]]
    moved: Callable[[], int]
    probe: Callable[[], Awaitable[bool]]
    patience: float = 60.0
    end: End = end_process

    async def run(self) -> None:
        """Watch for ever."""
        before, stuck = self.moved(), 0
        while True:
            await asyncio.sleep(self.patience / LOOKS)
            waits = self.moved() == before and await self._stuck()
            now = self.moved()
            stuck = stuck + 1 if waits and now == before else 0
            before = now
            # The first of these looks began the time, each later one ends a part of it.
            if stuck > LOOKS:
                get("stafett").error("work waits and nothing moves", watchdog=self.name)
                self.end(CRASHED)

    async def _stuck(self) -> bool:
        try:
            async with asyncio.timeout(5):
                return await self.waiting() and await self.probe()
        except Exception:
            return False
