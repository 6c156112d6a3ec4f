"""Puts right what the log did not bring: gaps, what an operator wants retried, and tails that were lost."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog

from shared.errors import Transient
from shared.eventstore.database import Database
from shared.messaging import disputes
from shared.messaging.folding import Folding, Locks
from shared.messaging.order import Reason
from shared.messaging.partitions import partition_of
from shared.messaging.progress import Progress
from shared.messaging.taking import Taker

log = structlog.get_logger()

PATIENCE = timedelta(seconds=5)
"""How long a gap may close by itself before the owner's feed is asked."""
SELDOMEST = timedelta(minutes=1)
COMPARE_EVERY = 3600.0
OVERLAP = timedelta(hours=1)
"""How far behind the last comparison the next one looks."""
FIRST_LOOK = timedelta(days=1)

# The lowest parked version of each ticket tells what the ticket waits for, unless one of them is disputed.
_WAITING = """
SELECT DISTINCT ON (p.source, p.subject) p.source, p.subject, p.version, p.reason,
  p.version = coalesce(h.version, 0) + 1 AS is_next, p.parked_at,
  bool_or(p.reason = 'diverged') OVER ticket AS disputed, bool_or(p.reason = 'skipped') OVER ticket AS skipped
FROM parked p LEFT JOIN consumer_heads h USING (source, subject)
WHERE p.source = ANY ($1) WINDOW ticket AS (PARTITION BY p.source, p.subject)
ORDER BY p.source, p.subject, p.version
"""


class _Pulls(NamedTuple):
    """How often the feed was asked for what is missing before `version`, and when it may be asked next."""

    version: int
    times: int
    next_at: datetime


class Repair:
    """`ours()` names the partitions that this instance holds."""

    def __init__(
        self,
        database: Database,
        sources: Sequence[str],
        folding: Folding,
        taker: Taker,
        locks: Locks,
        progress: Progress,
        ours: Callable[[], Collection[int]],
    ) -> None:
        self._database = database
        self._sources = list(sources)
        self._folding = folding
        self._taker = taker
        self._locks = locks
        self._progress = progress
        self._ours = ours
        self._compare = {source: asyncio.Event() for source in sources}
        self._pulls: dict[tuple[str, UUID], _Pulls] = {}

    def compare_soon(self) -> None:
        """A connection was lost and is back: records may be missing without a gap to see."""
        for asked in self._compare.values():
            asked.set()

    async def run(self) -> None:
        """Look after parked tickets every second, and compare with the feeds hourly."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._mending())
            for source in self._sources:
                # Each by itself: an owner that is away must not hold up the others, nor have them read again.
                group.create_task(self._comparing(source))

    async def mend(self) -> None:
        """Handle parked events whose turn has come, and pull the gaps that stay open."""
        async with self._database.working() as connection:
            rows = await connection.fetch(_WAITING, self._sources)
        waiting = {(row["source"], row["subject"]) for row in rows}
        self._pulls = {at: pulls for at, pulls in self._pulls.items() if at in waiting}
        if not rows:
            return
        now = await self._database.now()
        away: set[str] = set()
        for row in rows:
            source, subject, partition = row["source"], row["subject"], partition_of(row["subject"])
            if partition not in self._ours() or source in away or row["disputed"]:
                continue
            if row["skipped"]:
                async with self._locks[partition]:
                    await disputes.lay_away(self._database, source, subject)
                if not await self._pull(source, subject, partition):
                    away.add(source)
            elif row["is_next"] and row["reason"] != Reason.FAILED.value:
                async with self._locks[partition]:
                    await self._taker.release(source, partition, subject)
            elif not row["is_next"] and now - row["parked_at"] >= PATIENCE:
                before: int = row["version"]
                if not self._may_pull(source, subject, before, now):
                    continue
                log.info("gap-pulled", source=source, subject=str(subject), before=before)
                if not await self._pull(source, subject, partition):
                    away.add(source)
                    self._pulls.pop((source, subject), None)

    async def _pull(self, source: str, subject: UUID, partition: int) -> bool:
        """Take in what the owner's feed tells of a ticket, and what waits behind; False while it is away."""
        try:
            await self._folding.one(source, subject)
        except Transient as error:
            log.info("gap-waits-for-feed", source=source, reason=str(error))
            return False
        async with self._locks[partition]:
            await self._taker.release(source, partition, subject)
        return True

    def _may_pull(self, source: str, subject: UUID, before: int, now: datetime) -> bool:
        """A gap that the feed does not fill is asked for ever more seldom, down to once a minute."""
        known = self._pulls.get((source, subject))
        if known is not None and known.version != before:
            known = None
        if known is not None and now < known.next_at:
            return False
        times = 0 if known is None else known.times + 1
        wait = min(SELDOMEST, timedelta(seconds=2 ** min(times, 10)))
        self._pulls[source, subject] = _Pulls(before, times, now + wait)
        return True

    async def _mending(self) -> None:
        while True:
            try:
                await self.mend()
            except Transient as error:
                log.info("repair-waits", reason=str(error))
                await asyncio.sleep(1)
            await asyncio.sleep(1)

    async def _comparing(self, source: str) -> None:
        since = None
        while True:
            # Cleared first: a call that comes while this comparison runs asks for another one.
            self._compare[source].clear()
            try:
                began = await self._database.now()
                if since is None:
                    since = (await self._progress.oldest() or began - FIRST_LOOK) - OVERLAP
                await self._folding.changed(source, self._ours, since)
            except Transient as error:
                log.info("comparison-waits", reason=str(error))
                await asyncio.sleep(2)
                continue
            since = began - OVERLAP
            try:
                async with asyncio.timeout(COMPARE_EVERY):
                    await self._compare[source].wait()
            except TimeoutError:
                continue
