"""A consumer in memory, for unit tests: what it promises a handler is what the real one promises.

It passes the same contract suite. There is no log behind it: what is delivered is handled at once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from shared.events import wire
from shared.eventstore.database import Transaction
from shared.messaging.batch import Batch, BatchHandler
from shared.messaging.feeds import Feeds, pages
from shared.messaging.order import Line, Parked, Reason
from shared.messaging.partitions import partition_of
from shared.messaging.received import Received

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

Key = tuple[str, UUID]


class MemoryConsumer:
    """`now` is the injected clock; a batch's transaction has no connection."""

    def __init__(self, handle: BatchHandler, feeds: Feeds, now: Callable[[], datetime]) -> None:
        self._handle = handle
        self._feeds = feeds
        self._now = now
        self._lines: dict[Key, Line] = {}
        self._aside: dict[Key, dict[int, Received]] = {}

    async def start(self, sources: Sequence[str]) -> None:
        """Fold every ticket from the feeds; nothing of it is live."""
        for source in sources:
            async for page in pages(self._feeds, source):
                await self.deliver(page.items, live=False)

    async def deliver(self, events: Sequence[Received], *, live: bool = True) -> None:
        """Take these in, in this order."""
        for event in events:
            try:
                wire.decode(event.attributes, event.value)
            except wire.Undecodable:
                continue
            line = self._line(event)
            began = line.version, line.event_id
            if line.offer(event):
                await self._attempt(line, event, began, live)
                await self._release(event.attributes.source, event.subject)
            self._keep(event, line)

    async def mend(self) -> None:
        """Pull from the feeds what is missing before parked events."""
        for (source, subject), line in list(self._lines.items()):
            if line.parked and min(line.parked) > line.version + 1:
                async for page in pages(self._feeds, source, subject=subject):
                    await self.deliver(page.items)

    async def retry(self, subject: UUID) -> None:
        """What failed of that ticket is handled again, and then what waits behind it."""
        for (source, known), line in self._lines.items():
            if known == subject:
                for version, parked in line.parked.items():
                    if parked.reason is Reason.FAILED:
                        line.parked[version] = Parked(parked.event_id, Reason.RETRY)
                await self._release(source, subject)

    async def skip(self, subject: UUID) -> None:
        """Claims on a version of that ticket that another event has are laid away; its feed is read."""
        for (source, known), line in list(self._lines.items()):
            if known == subject and line.disputed:
                line.parked = {v: p for v, p in line.parked.items() if p.reason is not Reason.DIVERGED}
                async for page in pages(self._feeds, source, subject=subject):
                    await self.deliver(page.items)
                await self._release(source, subject)

    def parked(self, source: str, subject: UUID) -> dict[int, Reason]:
        """Why each parked version of a ticket waits."""
        line = self._lines.get((source, subject), Line())
        return {version: parked.reason for version, parked in sorted(line.parked.items())}

    async def _attempt(self, line: Line, event: Received, began: tuple[int, UUID | None], live: bool) -> bool:
        try:
            known = wire.decode(event.attributes, event.value)
            if known is not None:
                tx = Transaction(cast("Connection", None), self._now(), 0)
                batch = Batch(tx, partition_of(event.subject), [known], live)
                await self._handle(batch)
                for callback in batch.committed:
                    callback()
        except Exception as error:
            line.version, line.event_id = began
            line.put_aside(event, Reason.FAILED, str(error))
            self._keep(event, line)
            return False
        return True

    async def _release(self, source: str, subject: UUID) -> None:
        line = self._lines[source, subject]
        while (version := line.ready) is not None:
            began = line.version, line.event_id
            event = self._aside[source, subject].pop(version)
            del line.parked[version]
            line.advance(event)
            if not await self._attempt(line, event, began, True):
                return

    def _line(self, event: Received) -> Line:
        return self._lines.setdefault((event.attributes.source, event.subject), Line())

    def _keep(self, event: Received, line: Line) -> None:
        if event.version in line.parked:
            self._aside.setdefault((event.attributes.source, event.subject), {})[event.version] = event
        line.aside.clear()
