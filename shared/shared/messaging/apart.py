"""Awaiting aiokafka so that being cancelled, or timed out, is sure to reach us.

Its `stop()` and `close()` cancel their own tasks and suppress the `CancelledError` that comes of it; one that
was meant for the caller is lost there too, and the caller goes on for ever. Whoever awaits in a task group
would then hold up the whole group.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_left: set[asyncio.Task[Any]] = set()
"""What was cancelled and has not ended; held here, for the event loop holds tasks weakly."""


async def apart(foreign: Coroutine[Any, Any, T]) -> T:
    """The result of `foreign`, run in a task of its own; when we are cancelled it is too, but not awaited."""
    task = asyncio.create_task(foreign)
    try:
        await asyncio.wait({task})
    finally:
        if not task.done():
            _left.add(task)
            task.add_done_callback(_ended)
            task.cancel()
    return task.result()


def _ended(task: asyncio.Task[Any]) -> None:
    _left.discard(task)
    if not task.cancelled():
        # Nobody is left to hear of it.
        task.exception()
