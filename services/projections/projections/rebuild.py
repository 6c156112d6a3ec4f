"""Read models anew: filled beside the live ones, from the owners' feeds and then from Kafka, and swapped in.

The service goes on answering and consuming meanwhile. The second set of tables has a consumer's offsets and
heads of its own, so an ordinary consumer fills it. Once that is near, the live consumer is held at its next
batch until both stand level; after the swap it finds its offsets moved, reads them again and goes on.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

import asyncpg
import structlog

from shared.eventstore.database import Database, open_database
from shared.messaging.consumer import Consumer

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

log = structlog.get_logger()

_ONE_AT_A_TIME = 4406181290157
"""The advisory lock that a rebuild's session holds until it ends."""


NEAR = 2_000
"""Records behind the live models, on all partitions, from which on the rest is caught up while those wait."""
HELD = 5.0
"""Seconds that the live models wait at most at a time; readers then see nothing newer for that long."""
RESTS = 60.0
"""Seconds for which they are left alone when they waited in vain."""
LOOKS_EVERY = 0.2


class AlreadyRunning(Exception):
    """Another rebuild is under way."""


async def rebuild(url: str, offset: timedelta, consumer: Callable[[Database], Consumer]) -> None:
    """Rebuild and swap. `consumer` makes one that fills the database it is given, in a group of its own.

    Raises AlreadyRunning; ends as the consumer does when a history was replaced.
    """
    live = await open_database(url, "projections", offset=offset, pool_size=2)
    try:
        async with live.working() as connection:
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _ONE_AT_A_TIME):
                raise AlreadyRunning
            await connection.execute("SELECT begin_rebuild()")
            await _fill_and_swap(await _open_beside(url, offset), consumer, connection)
    finally:
        await live.close()


async def _fill_and_swap(
    beside: Database, consumer: Callable[[Database], Consumer], live: "Connection"
) -> None:
    filling = consumer(beside)
    running = asyncio.create_task(filling.run())
    ready = asyncio.create_task(filling.ready.wait())
    try:
        await asyncio.wait([running, ready], return_when=asyncio.FIRST_COMPLETED)
        while not running.done():
            match await swap(live):
                case Swap.DONE:
                    log.info("rebuilt-models-are-live")
                    return
                case Swap.HELD_IN_VAIN:
                    pause = RESTS
                case Swap.NOT_YET:
                    pause = LOOKS_EVERY
            await asyncio.wait([running], timeout=pause)
        await running
    finally:
        ready.cancel()
        await filling.stop()
        # Once swapped, its tables are gone: what it says of that is no news.
        await asyncio.gather(running, ready, return_exceptions=True)
        await beside.close()


class Swap(Enum):
    """What came of looking whether the rebuilt models can take the live ones' place."""

    DONE = "done"
    NOT_YET = "not yet"  # far behind, or others hold tables
    HELD_IN_VAIN = "held in vain"  # near, but they did not draw level while the live ones waited


async def swap(live: "Connection") -> Swap:
    """Put the rebuilt models in the live ones' place, if they can be there within HELD seconds."""
    if not await _within(live, NEAR):
        return Swap.NOT_YET
    try:
        async with live.transaction(), asyncio.timeout(HELD):
            await live.execute("SELECT hold_live_consumer()")
            while not await _within(live, 0):  # noqa: ASYNC110 - another connection fills them
                await asyncio.sleep(0.02)
            return Swap.DONE if await live.fetchval("SELECT finish_rebuild()") else Swap.NOT_YET
    except TimeoutError:
        return Swap.HELD_IN_VAIN
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        return Swap.NOT_YET


async def _within(live: "Connection", records: int) -> bool:
    lag = await live.fetchval("SELECT rebuild_lag()")
    return lag is not None and lag <= records


async def _open_beside(url: str, offset: timedelta) -> Database:
    """The second set of tables, under the worker's role: nobody reads there."""
    pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=8,
        command_timeout=60,
        server_settings={
            "role": "projections_worker",
            "search_path": "projections_rebuild",
            "application_name": "projections-rebuild",
            "timezone": "UTC",
            "jit": "off",
        },
    )
    return Database("projections_rebuild", pool, pool, offset)
