"""One connection to Kafka: from joining the group until something breaks. A new session starts afresh."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.errors import Transient
from shared.events.catalogue import TOPICS
from shared.eventstore.database import Database
from shared.messaging import client, marks
from shared.messaging.cursors import Cursor, Phase, Place
from shared.messaging.folding import Folding, Locks
from shared.messaging.offsets import OffsetMoved, Unreadable
from shared.messaging.progress import Progress
from shared.messaging.starting import Starting
from shared.messaging.taking import Taker, read_item
from shared.messaging.topics import PROGRESS

log = structlog.get_logger()

MOST_RECORDS = 2_000
IDLE = 0.5
"""Seconds after which an empty poll returns; records end it at once."""
COMMIT_EVERY = 10.0
"""Seconds between commits for lag dashboards."""
AT_ONCE = 4
"""Partition numbers handled concurrently: each takes a database connection."""


class Session:
    """Polls, settles what is assigned, and hands records to the taker, serially per partition number."""

    def __init__(
        self,
        database: Database,
        sources: Sequence[str],
        taker: Taker,
        folding: Folding,
        locks: Locks,
        progress: Progress,
    ) -> None:
        self._database = database
        self._sources = {TOPICS[source]: source for source in sources}
        self._taker = taker
        self._folding = folding
        self._locks = locks
        self._progress = progress
        self._cursors: dict[Place, Cursor] = {}
        self._assigned = False
        self._heard = time.monotonic()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def held(self) -> frozenset[int]:
        """The partition numbers whose every topic is live."""
        data = [c for c in self._cursors.values() if c.place.topic != PROGRESS]
        behind = {c.place.partition for c in data if c.phase is not Phase.LIVE}
        return frozenset(c.place.partition for c in data) - behind

    def reading(self) -> frozenset[Place]:
        """What is assigned and not being folded."""
        others = [c.place for c in self._cursors.values() if c.phase is not Phase.FOLDING]
        return frozenset(place for place in others if place.topic != PROGRESS)

    @property
    def started(self) -> bool:
        """Whether everything assigned is live."""
        return self._assigned and all(c.phase is Phase.LIVE for c in self._cursors.values())

    async def run(self, bootstrap: str, group: str, on_started: Callable[[float], None]) -> None:
        """Consume until an error. `on_started` hears at each poll how many seconds Kafka had been silent."""
        consumer = client.new_client(bootstrap, group)
        listener = client.Assignments(consumer, self._on_assigned, self._on_revoked)
        consumer.subscribe([*self._sources, PROGRESS], listener=listener)
        starting = Starting(self._database, self._sources, self._folding, consumer)
        lag_due = time.monotonic() + COMMIT_EVERY
        # In the background: after a broker's restart it takes seconds, and nothing here depends on it.
        committing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        committing.set_result(None)
        try:
            await consumer.start()
            while True:
                await self._settle(consumer, starting)
                polled = await consumer.getmany(timeout_ms=int(IDLE * 1000), max_records=MOST_RECORDS)
                await self._process(polled)
                await self._store_marks()
                if self.started:
                    on_started(self._silence(bool(polled)))
                if time.monotonic() > lag_due and committing.done():
                    lag_due = time.monotonic() + COMMIT_EVERY
                    committing = asyncio.ensure_future(client.commit(consumer, self._lag()))
        finally:
            self._on_revoked()
            committing.cancel()
            await starting.close()
            await client.stop(consumer)

    def _on_assigned(self, places: Collection[Place]) -> None:
        self._cursors = {place: Cursor(place) for place in places}
        self._assigned = True

    def _on_revoked(self) -> None:
        self._cursors = {}
        self._assigned = False

    def _is_ours(self, cursor: Cursor) -> bool:
        return self._cursors.get(cursor.place) is cursor

    async def _settle(self, consumer: AIOKafkaConsumer, starting: Starting) -> None:
        """Load the stored offsets of new assignments and seek there; begin to fold where there are none."""
        starting.check()
        new = [cursor for cursor in self._cursors.values() if cursor.phase is Phase.UNSETTLED]
        if new:
            try:
                await starting.settle(new, self._is_ours)
            except Transient as error:
                log.info("assignment-waits", reason=str(error))
                await asyncio.sleep(0.5)
                return
        for cursor in [*new, *starting.finished()]:
            if self._is_ours(cursor) and cursor.phase in (Phase.LIVE, Phase.VERIFYING):
                at = TopicPartition(*cursor.place)
                consumer.seek(at, cursor.reads_from)
                consumer.resume(at)

    async def _process(self, polled: Mapping[TopicPartition, Sequence[Any]]) -> None:
        numbers: dict[int, list[tuple[Place, Sequence[Any]]]] = {}
        for at, records in polled.items():
            place = Place(at.topic, at.partition)
            if place.topic == PROGRESS:
                self._note_marks(records)
            elif records:
                numbers.setdefault(place.partition, []).append((place, records))
        async with asyncio.TaskGroup() as group:
            for number, found in numbers.items():
                group.create_task(self._one_number(number, found))

    async def _one_number(self, number: int, found: Sequence[tuple[Place, Sequence[Any]]]) -> None:
        async with self._slots, self._locks[number]:
            for place, records in found:
                cursor = self._cursors.get(place)
                if cursor is None:
                    continue
                try:
                    await self._one_batch(cursor, records)
                except OffsetMoved:
                    log.warning("partition-had-another-owner", topic=place.topic, partition=number)
                    cursor.phase = Phase.UNSETTLED

    async def _one_batch(self, cursor: Cursor, records: Sequence[Any]) -> None:
        if cursor.phase not in (Phase.LIVE, Phase.VERIFYING):
            return
        if records[0].offset != cursor.reads_from:
            # Fetched before the seek, or the log no longer has it: look again at what is stored.
            cursor.phase = Phase.UNSETTLED
            return
        topic, number = cursor.place
        items = [read_item(topic, record) for record in records]
        if cursor.phase is Phase.VERIFYING:
            first = items.pop(0).content
            cursor.verify(None if isinstance(first, Unreadable) else first.attributes.id)
        if items:
            await self._taker.from_log(self._sources[topic], topic, number, items, cursor.next_offset)
            cursor.next_offset = items[-1].offset + 1

    def _note_marks(self, records: Sequence[Any]) -> None:
        for record in records:
            try:
                mark = marks.decode(record.value)
            except msgspec.MsgspecError:
                log.exception("mark-undecodable", partition=record.partition, offset=record.offset)
                continue
            if mark.topic in self._sources:
                self._progress.note(mark)

    async def _store_marks(self) -> None:
        try:
            await self._progress.store(self._processed)
        except Transient as error:
            log.info("marks-not-stored", reason=str(error))

    def _processed(self, topic: str, partition: int) -> int | None:
        cursor = self._cursors.get(Place(topic, partition))
        return cursor.next_offset if cursor is not None and cursor.phase is Phase.LIVE else None

    def _silence(self, heard: bool) -> float:
        now = time.monotonic()
        silent = now - self._heard if heard else 0.0
        if heard:
            self._heard = now
        return silent

    def _lag(self) -> dict[Place, int]:
        live = [c for c in self._cursors.values() if c.phase is Phase.LIVE and c.place.topic != PROGRESS]
        return {cursor.place: cursor.next_offset for cursor in live}
