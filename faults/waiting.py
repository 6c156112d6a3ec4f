"""Waiting for something that can be seen to have happened; never for time to pass."""

import asyncio
import time
from collections.abc import Awaitable, Callable

PAUSE = 0.1
"""Seconds between two looks."""


class Overdue(Exception):
    """What was waited for did not come within its bound."""


async def until(what: str, seen: Callable[[], Awaitable[bool]], bound: float) -> float:
    """Look until `seen` says yes; returns the seconds that took. Raises Overdue after `bound` seconds."""
    began = time.monotonic()
    while not await seen():
        if time.monotonic() - began > bound:
            raise Overdue(f"{what}: not within {bound:.0f} s")
        await asyncio.sleep(PAUSE)
    return time.monotonic() - began
