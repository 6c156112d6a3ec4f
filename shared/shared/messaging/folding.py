"""Reads tickets whole from the owners' feeds: at a start, and where the log does not have everything."""

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from shared.eventstore.database import Database
from shared.messaging import feeds as feeds_module
from shared.messaging.feeds import Feeds
from shared.messaging.partitions import PARTITIONS, partition_of
from shared.messaging.received import Received
from shared.messaging.taking import Taker

BATCH = 500


class Locks:
    """One lock per partition number: batches, timers and repairs of a partition take turns."""

    def __init__(self) -> None:
        self._locks = [asyncio.Lock() for _ in range(PARTITIONS)]

    def __getitem__(self, partition: int) -> asyncio.Lock:
        return self._locks[partition]


class Folding:
    """Hands what a feed tells to the taker, which drops what is held already."""

    def __init__(self, database: Database, feeds: Feeds, taker: Taker, locks: Locks) -> None:
        self._database = database
        self._feeds = feeds
        self._taker = taker
        self._locks = locks

    async def all_of(
        self, source: str, ours: Callable[[], Collection[int]], quiet_until: datetime | None
    ) -> None:
        """Every ticket of the partitions `ours()`, asked again at each page.

        What was recorded up to `quiet_until` is handed on as not live. Raises Transient.
        """
        await self._fold(source, ours, quiet_until, None)

    async def changed(self, source: str, ours: Callable[[], Collection[int]], since: datetime) -> None:
        """Every ticket with events recorded since then. Raises Transient."""
        await self._fold(source, ours, None, since)

    async def one(self, source: str, subject: UUID) -> None:
        """One ticket. Raises Transient."""
        partition = partition_of(subject)
        async for page in feeds_module.pages(self._feeds, source, subject=subject):
            async with self._locks[partition]:
                await self._taker.from_feed(source, partition, page.items, live=True)

    async def _fold(
        self,
        source: str,
        ours: Callable[[], Collection[int]],
        quiet_until: datetime | None,
        since: datetime | None,
    ) -> None:
        gathered: dict[int, list[Received]] = {}
        async for page in feeds_module.pages(self._feeds, source, changed_since=since):
            for item in page.items:
                gathered.setdefault(partition_of(item.subject), []).append(item)
            for partition in [p for p, found in gathered.items() if len(found) >= BATCH]:
                await self._hand_on(source, partition, gathered.pop(partition), ours, quiet_until)
        for partition, found in gathered.items():
            await self._hand_on(source, partition, found, ours, quiet_until)

    async def _hand_on(
        self,
        source: str,
        partition: int,
        found: list[Received],
        ours: Callable[[], Collection[int]],
        quiet_until: datetime | None,
    ) -> None:
        if partition not in ours():
            return
        quiet = [e for e in found if quiet_until is not None and e.attributes.recorded_at <= quiet_until]
        spoken = [e for e in found if quiet_until is None or e.attributes.recorded_at > quiet_until]
        async with self._locks[partition]:
            if quiet:
                await self._taker.from_feed(source, partition, quiet, live=False)
            if spoken:
                await self._taker.from_feed(source, partition, spoken, live=True)
