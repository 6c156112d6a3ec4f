"""How a partition begins: from its stored offset, or from the owner's feed where there is none.

The end of the log is noted first, then every ticket is folded whole from the feed, then records are
consumed from the noted offset, where versions already held are dropped. Only what was recorded after the
noting may have effects on people.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.errors import Transient
from shared.eventstore.database import Database
from shared.messaging import offsets
from shared.messaging.backoff import Backoff
from shared.messaging.cursors import Cursor, Phase
from shared.messaging.folding import Folding
from shared.messaging.offsets import OffsetMoved
from shared.messaging.topics import PROGRESS

log = structlog.get_logger()

MARKS_READ_AGAIN = 200
"""Records of `progress` read again at a start: the newest mark of each source is surely among them."""

IsOurs = Callable[[Cursor], bool]


class Starting:
    """Settles new cursors; folds in tasks of its own, so that other partitions go on meanwhile."""

    def __init__(
        self,
        database: Database,
        sources: Mapping[str, str],
        folding: Folding,
        consumer: AIOKafkaConsumer,
    ) -> None:
        self._database = database
        self._sources = sources
        self._folding = folding
        self._consumer = consumer
        self._tasks: set[asyncio.Task[None]] = set()
        self._finished: list[Cursor] = []

    async def settle(self, new: Collection[Cursor], is_ours: IsOurs) -> None:
        """Give each new cursor its place. Raises TopicReplaced, Transient or a KafkaError."""
        # Before the ends are noted: what is recorded between the two is told, not lost.
        noted_at = await self._database.now()
        parts = [TopicPartition(*cursor.place) for cursor in new]
        starts = await self._consumer.beginning_offsets(parts)
        ends = await self._consumer.end_offsets(parts)
        stored = await offsets.load(self._database)
        to_fold: dict[str, list[tuple[Cursor, int | None, int]]] = {}
        for cursor in new:
            at = TopicPartition(*cursor.place)
            start, end = starts[at], ends[at]
            found = stored.get((at.topic, at.partition))
            if at.topic == PROGRESS:
                cursor.go_live(max(start, end - MARKS_READ_AGAIN))
                continue
            if found is None:
                cursor.phase = Phase.FOLDING
            else:
                cursor.resume(found.next_offset, found.last_event_id, start, end)
            if cursor.phase is Phase.FOLDING:
                before = None if found is None else found.next_offset
                to_fold.setdefault(at.topic, []).append((cursor, before, end))
        for topic, folds in to_fold.items():
            self._tasks.add(asyncio.create_task(self._fold(topic, folds, noted_at, is_ours)))

    def finished(self) -> list[Cursor]:
        """Cursors whose folding has ended since the last call."""
        done, self._finished = self._finished, []
        return done

    def check(self) -> None:
        """Raises what a folding task died of."""
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.discard(task)
            task.result()

    async def close(self) -> None:
        """Stop folding; what was folded stays, and is dropped when it comes again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fold(
        self,
        topic: str,
        folds: Sequence[tuple[Cursor, int | None, int]],
        noted_at: datetime,
        is_ours: IsOurs,
    ) -> None:
        """`folds`: cursor, the offset stored before, and the noted end of the log."""
        source, backoff = self._sources[topic], Backoff()
        for fresh in (True, False):
            mine = [cursor for cursor, before, _ in folds if (before is None) is fresh]
            while mine:
                try:
                    await self._folding.all_of(
                        source,
                        lambda mine=mine: {c.place.partition for c in mine if is_ours(c)},  # type: ignore[misc]
                        noted_at if fresh else None,
                    )
                except Transient as error:
                    log.info("start-waits-for-feed", source=source, reason=str(error))
                    await backoff.pause()
                else:
                    break
        for cursor, before, end in folds:
            if not is_ours(cursor):
                continue
            try:
                await offsets.note(self._database, *cursor.place, before, end)
            except OffsetMoved:
                cursor.phase = Phase.UNSETTLED
                continue
            cursor.go_live(end)
            self._finished.append(cursor)
