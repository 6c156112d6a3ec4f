"""How long to wait before trying a dependency again: growing, jittered, bounded."""

import asyncio
import random

FIRST = 0.1
LONGEST = 2.0


class Backoff:
    """Seconds to wait after each failure in a row; `reset` after a success.

    The bound is short because work waits: a dependency that returns is noticed within `longest` seconds.
    """

    def __init__(self, first: float = FIRST, longest: float = LONGEST) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    @property
    def failures(self) -> int:
        """How many failures in a row there have been."""
        return self._failures

    def reset(self) -> None:
        """The dependency answered."""
        self._failures = 0

    def next(self) -> float:
        """Seconds until the next attempt: half to all of the doubled delay, so that few come at once."""
        delay: float = min(self._longest, self._first * 2 ** min(self._failures, 10))
        self._failures += 1
        return delay * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    async def pause(self) -> None:
        """Wait for the next attempt."""
        await asyncio.sleep(self.next())
