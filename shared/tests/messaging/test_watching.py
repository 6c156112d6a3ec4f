"""When a consumer or a relay counts as having work before it; nothing here may end a healthy process."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from shared.errors import Transient
from shared.events.ids import new_id
from shared.events.wire import Attributes
from shared.messaging.cursors import Cursor, Phase, Place
from shared.messaging.lane import Lane
from shared.messaging.moved import Moved
from shared.messaging.outbox import Row
from shared.messaging.publisher import TooLarge
from shared.messaging.relay import MOST_HELD
from shared.messaging.session import Session
from shared.messaging.tracing import no_spans
from shared.messaging.watching import of_consumer, of_relay
from shared.testing.waiting import eventually

HERE, THERE = Place("ticket-events", 3), Place("ticket-events", 4)
NOBODY = UUID(int=1)


@dataclass
class Working:
    """A consumer and a relay in one, as they are watched."""

    moved: Any = 0
    topics: Sequence[str] = ("ticket-events",)
    owner: UUID = NOBODY
    places: Collection[Place] = ()
    too_large: Collection[int] = ()

    def reading(self) -> Collection[Place]:
        return self.places

    def unpublishable(self) -> Collection[int]:
        return self.too_large


@dataclass
class Servers:
    """A log that ends at `ends`, an outbox, and what was asked of them."""

    offsets: Mapping[Place, int] = field(default_factory=dict)
    ends: Mapping[Place, int] = field(default_factory=dict)
    outbox: Collection[int] = ()
    asked: list[str] = field(default_factory=list)

    async def stored(self) -> Mapping[Place, int]:
        return self.offsets

    async def unread(self, stored: Mapping[Place, int]) -> bool:
        return any(self.ends[place] > offset for place, offset in stored.items())

    async def unpublished(self, besides: Collection[int], owner: UUID) -> bool:
        return bool(set(self.outbox) - set(besides))

    async def answers(self, topics: Sequence[str]) -> bool:
        self.asked += topics
        return True


@pytest.mark.parametrize(
    ("places", "offsets", "waits"),
    [
        ([HERE], {HERE: 4, THERE: 0}, True),
        ([HERE], {HERE: 5, THERE: 0}, False),
        ([], {HERE: 0, THERE: 0}, False),
        ([HERE], {THERE: 0}, False),
    ],
    ids=["behind", "another's is behind", "holds nothing", "not begun yet"],
)
async def test_a_consumer_has_work_when_a_partition_that_it_reads_is_behind(
    places: list[Place], offsets: dict[Place, int], waits: bool
) -> None:
    servers = Servers(offsets, {HERE: 5, THERE: 5})
    assert await of_consumer(Working(places=places), servers).waiting() is waits


@pytest.mark.parametrize(
    ("outbox", "too_large", "waits"),
    [
        ([1], [], True),
        ([], [], False),
        ([1, 2], [1, 2], False),
        ([1, 2, 3], [1, 2], True),
        (range(MOST_HELD + 1), range(MOST_HELD), False),
    ],
    ids=["waiting", "empty", "too large, and one behind it", "another lane's", "no memory for others"],
)
async def test_a_relay_has_work_when_a_row_waits_that_kafka_would_take(
    outbox: Collection[int], too_large: Collection[int], waits: bool
) -> None:
    watched = of_relay(Working(too_large=too_large), Servers(outbox=outbox))
    assert await watched.waiting() is waits


async def test_the_probe_asks_for_every_topic_that_the_work_needs() -> None:
    servers = Servers()
    assert await of_relay(Working(), servers).probe()
    assert servers.asked == ["ticket-events", "progress"]


def test_a_refusal_by_the_server_is_movement_and_a_broken_pool_is_none() -> None:
    moved = Moved()
    for cause, counts in ((asyncpg.DiskFullError("full"), 1), (asyncpg.InterfaceError("closed"), 1)):
        away = Transient("database-unavailable", "away")
        away.__cause__ = cause
        moved.refused(away)
        assert moved.count == counts


def test_a_partition_that_is_being_folded_is_not_read_from_the_log() -> None:
    stub = cast(Any, None)
    session = Session(stub, ["/intake"], stub, stub, stub, stub)
    session._on_assigned([HERE, THERE, Place("progress", 3)])
    session._cursors[THERE] = Cursor(THERE, Phase.FOLDING)
    assert session.reading() == {HERE}


class Refusing:
    """A publisher and a lease to whom the first record is too large for ever."""

    def check(self) -> None:
        return

    async def send(self, *_: object) -> None:
        raise TooLarge


async def test_a_lane_behind_an_event_that_is_too_large_says_what_it_cannot_publish() -> None:
    refusing = cast(Any, Refusing())
    lane = Lane("/intake", "ticket-events", 3, refusing, refusing, lambda _: None, no_spans)
    now = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
    event, ticket = new_id(), new_id()
    attributes = Attributes(
        event, "WorkStarted.v1", "/intake", ticket, 1, "acme", now, now, event, None, None
    )
    for position in (7, 8):
        lane.offer(Row(position, attributes, b"{}"))
    assert lane.unpublishable() == []
    task = asyncio.create_task(lane.run())
    await eventually(lambda: lane.unpublishable() == [7, 8])
    task.cancel()
