"""A watchdog's questions: has it moved, does work wait, would a new process do better.

The answers about work and dependencies come over new connections: those of the work may be what hangs.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from shared.messaging.cursors import Place
from shared.messaging.moved import Moved
from shared.messaging.relay import MOST_HELD
from shared.messaging.topics import PROGRESS


class Watched(NamedTuple):
    """A watchdog's questions, in the order of its fields."""

    name: str
    waiting: Callable[[], Awaitable[bool]]
    moved: Callable[[], int]
    probe: Callable[[], Awaitable[bool]]


class Consuming(Protocol):
    """A consumer, as it is watched."""

    @property
    def moved(self) -> int: ...
    @property
    def topics(self) -> Sequence[str]: ...
    def reading(self) -> Collection[Place]: ...


class Relaying(Protocol):
    """A relay, as it is watched."""

    @property
    def moved(self) -> Moved: ...
    @property
    def topics(self) -> Sequence[str]: ...
    @property
    def owner(self) -> UUID: ...
    def unpublishable(self) -> Collection[int]: ...


class Dependencies(Protocol):
    """New connections for every question."""

    async def stored(self) -> Mapping[Place, int]: ...
    async def unread(self, stored: Mapping[Place, int]) -> bool: ...
    async def unpublished(self, besides: Collection[int], owner: UUID) -> bool: ...
    async def answers(self, topics: Sequence[str]) -> bool: ...


def of_consumer(consumer: Consuming, fresh: Dependencies) -> Watched:
    """Work waits when a partition that this instance reads from the log has records past its stored offset.

    A partition that is being folded, and one that is another's, is not read; an instance without any waits
    for nothing.
    """

    async def waiting() -> bool:
        reading = consumer.reading()
        if not reading:
            return False
        stored = await fresh.stored()
        begun = {place: stored[place] for place in reading if place in stored}
        return bool(begun) and await fresh.unread(begun)

    async def probe() -> bool:
        return await fresh.answers([*consumer.topics, PROGRESS])

    return Watched("consumer", waiting, lambda: consumer.moved, probe)


def of_relay(relay: Relaying, fresh: Dependencies) -> Watched:
    """Work waits when the outbox has rows, and it is this instance's turn, or nobody's, to publish them.

    Nobody's counts because a relay whose pool hangs loses its lease. Rows behind an event that is too large
    for Kafka do not count: they would wait in a new process too.
    """

    async def waiting() -> bool:
        unpublishable = relay.unpublishable()
        if len(unpublishable) >= MOST_HELD:
            # They fill the memory that there is for rows: so they would again.
            return False
        return await fresh.unpublished(unpublishable, relay.owner)

    async def probe() -> bool:
        return await fresh.answers([*relay.topics, PROGRESS])

    return Watched("relay", waiting, lambda: relay.moved.count, probe)
