"""Ends a process that is alive and gets nothing done; the supervisor starts it anew."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from shared.runtime.logs import get
from shared.runtime.tasks import CRASHED, End, end_process


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Ends the process only when work waits, nothing has moved for `patience` seconds, *and* a fresh probe of
    the dependencies succeeds: with a dependency away, a new process would be no better.

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
        while True:
            before = self.moved()
            await asyncio.sleep(self.patience)
            if self.moved() == before and await self._stuck():
                get("stafett").error("work waits and nothing moves", watchdog=self.name)
                self.end(CRASHED)

    async def _stuck(self) -> bool:
        try:
            async with asyncio.timeout(5):
                return await self.waiting() and await self.probe()
        except Exception:
            return False
