"""Takes events in, in the order in which they came.

A batch that fails is halved until the one event that cannot be handled stands alone; that one is parked,
and its ticket with it. Whatever was parked behind an event that has now been handled follows at once.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import structlog

from shared.events import wire
from shared.messaging.attempts import Attempts
from shared.messaging.offsets import Step, Unreadable
from shared.messaging.received import Received, from_record

log = structlog.get_logger()


class Item(NamedTuple):
    """A record at its offset: an event of ours, or not."""

    offset: int
    content: Received | Unreadable


def read_item(topic: str, record: Any) -> Item:
    """A record of aiokafka; what cannot be decoded, data included, is kept as it came.

    It claims no version: what its ticket's owner said under that version may still come, and a gap is filled.
    """
    try:
        received = from_record(topic, record.headers, record.value)
        wire.decode(received.attributes, received.value)
        return Item(record.offset, received)
    except wire.Undecodable as error:
        kept = Unreadable(record.offset, record.key, record.value, record.headers, str(error))
        return Item(record.offset, kept)


class Taker:
    """Shared by what comes from Kafka and what is pulled from feeds."""

    def __init__(self, attempts: Attempts) -> None:
        self._attempts = attempts

    async def from_log(
        self, source: str, topic: str, partition: int, items: Sequence[Item], expected: int
    ) -> None:
        """Process records that follow each other from offset `expected` on.

        Raises OffsetMoved; waits for as long as a dependency is away.
        """
        step = Step(topic, partition, expected, items[-1].offset + 1, _id(items[-1]))
        events = [item.content for item in items if isinstance(item.content, Received)]
        unreadable = [item.content for item in items if isinstance(item.content, Unreadable)]
        outcome = await self._attempts.batch(source, partition, events, True, step, unreadable)
        if not isinstance(outcome, Exception):
            for record in unreadable:
                log.error("record-quarantined", topic=topic, partition=partition, offset=record.offset)
            await self._release_all(source, partition, outcome)
        elif not events:
            raise outcome
        elif len(items) == 1:
            await self._attempts.park(source, partition, events[0], outcome, step)
        else:
            middle = len(items) // 2
            await self.from_log(source, topic, partition, items[:middle], expected)
            await self.from_log(source, topic, partition, items[middle:], items[middle - 1].offset + 1)

    async def from_feed(self, source: str, partition: int, events: Sequence[Received], live: bool) -> None:
        """Process events of a feed; what is held already is dropped."""
        outcome = await self._attempts.batch(source, partition, events, live)
        if not isinstance(outcome, Exception):
            await self._release_all(source, partition, outcome)
        elif not events:
            raise outcome
        elif len(events) == 1:
            await self._attempts.park(source, partition, events[0], outcome)
        else:
            middle = len(events) // 2
            await self.from_feed(source, partition, events[:middle], live)
            await self.from_feed(source, partition, events[middle:], live)

    async def release(self, source: str, partition: int, subject: UUID) -> None:
        """Handle the parked events of `subject` whose turn has come, one by one."""
        while await self._attempts.next_parked(source, partition, subject):
            continue

    async def _release_all(self, source: str, partition: int, subjects: set[UUID]) -> None:
        for subject in subjects:
            await self.release(source, partition, subject)


def _id(item: Item) -> UUID | None:
    return item.content.attributes.id if isinstance(item.content, Received) else None
