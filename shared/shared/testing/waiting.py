"""Waiting on committed progress: the one loop with a pause in it that tests use."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.01


async def eventually(probe: Callable[[], Awaitable[T] | T], *, within: float = 15.0, what: str = "") -> T:
    """The first truthy answer of `probe`. Raises AssertionError with the last one after `within` seconds."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        answer = probe()
        found: T = await answer if isinstance(answer, Awaitable) else answer
        if found:
            return found
        if loop.time() > end:
            raise AssertionError(f"not within {within} s: {what or probe} (last answer: {found!r})")
        await asyncio.sleep(PAUSE)
