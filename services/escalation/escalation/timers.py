"""The loop that alerts on time: it sleeps until the next instant, and asks nothing meanwhile.

Whoever sets a timer wakes it, by NOTIFY. Every instance runs it: a due alert is fired by one of them.
"""

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg

from escalation.firing import Firing
from shared.errors import Conflict, Transient

AGAIN = 0.02
"""Seconds after which to look again where another instance was first."""
AWAY = 1.0
"""Seconds between attempts while the database is away."""
LONGEST = 300.0
"""Seconds after which the database's clock is read anew while something is due later: clocks drift."""
_LATE = 0.001
"""Seconds added to a sleep, because the event loop's timers may be a millisecond early."""


class Timers:
    """One per process. `committed` is called after each alert: it wakes the relay."""

    def __init__(self, firing: Firing, committed: Callable[[], None]) -> None:
        self._firing = firing
        self._committed = committed
        self._changed = asyncio.Event()
        self.asked = 0
        """How often the database was asked: next to never while nothing falls due."""

    def look_again(self) -> None:
        """Somebody has set a timer."""
        self._changed.set()

    async def run(self) -> None:
        """Alert for ever."""
        while True:
            self._changed.clear()
            pause: float | None
            try:
                pause = await self._fire_all()
            except Transient:
                pause = AWAY
            except (Conflict, asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                pause = AGAIN
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._changed.wait()

    async def _fire_all(self) -> float | None:
        self.asked += 1
        while await self._firing.fire():
            self._committed()
        left = await self._firing.until_next()
        return None if left is None else min(left + _LATE, LONGEST)
