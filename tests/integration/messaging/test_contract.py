"""What every consumer promises its handler: one suite over the one in memory and the one on real Kafka."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import orjson
import pytest

from shared.events import wire
from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.people import SYSTEM
from shared.events.ticket import WorkStarted
from shared.messaging import repair
from shared.messaging.batch import Batch
from shared.messaging.feed_format import FeedPage, from_json, to_json
from shared.messaging.memory import MemoryConsumer
from shared.messaging.partitions import partition_of
from shared.messaging.publisher import Record
from shared.messaging.received import Received
from shared.testing.waiting import eventually

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Side(Protocol):
    """What the suite needs of a consumer under test."""

    refuses: set[UUID]
    feed: list[Received]

    async def deliver(self, events: Sequence[Received]) -> None: ...
    async def mend(self) -> None: ...
    async def retry(self, ticket: UUID) -> None: ...
    async def handled(self, ticket: UUID, count: int) -> list[int]: ...
    async def parked(self, ticket: UUID) -> dict[int, str]: ...
    async def skip(self, ticket: UUID) -> None: ...


def a_ticket(versions: int) -> list[Received]:
    ticket = new_id()
    events = [
        Recorded(
            id=new_id(), type="WorkStarted.v1", source="/intake", subject=ticket, version=version,
            tenant="acme", time=NOW, recorded_at=NOW, correlation_id=new_id(), causation_id=None,
            traceparent=None, data=WorkStarted(by=SYSTEM),
        )
        for version in range(1, versions + 1)
    ]  # fmt: skip
    return [from_json(orjson.dumps(to_json(event))) for event in events]


@dataclass
class ListFeeds:
    """A feed that knows what the test gave it."""

    events: list[Received] = field(default_factory=list)

    async def page(self, source: str, *, subject: UUID | None = None, **_: Any) -> FeedPage:
        return FeedPage([e for e in self.events if subject in (None, e.subject)], None)


class InMemory:
    def __init__(self) -> None:
        self.refuses: set[UUID] = set()
        self.feed: list[Received] = []
        self._handled: list[tuple[UUID, int]] = []
        self._consumer = MemoryConsumer(self._handle, ListFeeds(self.feed), lambda: NOW)

    async def _handle(self, batch: Batch) -> None:
        for event in batch.events:
            if event.subject in self.refuses:
                raise ValueError("refused")
            self._handled.append((event.subject, event.version))

    async def deliver(self, events: Sequence[Received]) -> None:
        await self._consumer.deliver(events)

    async def mend(self) -> None:
        await self._consumer.mend()

    async def retry(self, ticket: UUID) -> None:
        await self._consumer.retry(ticket)

    async def handled(self, ticket: UUID, count: int) -> list[int]:
        return [version for subject, version in self._handled if subject == ticket]

    async def parked(self, ticket: UUID) -> dict[int, str]:
        return {v: reason.value for v, reason in self._consumer.parked("/intake", ticket).items()}

    async def skip(self, ticket: UUID) -> None:
        await self._consumer.skip(ticket)


class OnKafka:
    def __init__(self, world: Any) -> None:
        self._world = world
        self.refuses: set[UUID] = world.refuses
        self.feed: list[Received] = []
        world.feeds.page = ListFeeds(self.feed).page

    async def deliver(self, events: Sequence[Received]) -> None:
        await self._start()
        for event in events:
            record = Record(*wire.outgoing(event.attributes, event.value)[1:])
            await self._world.inject(partition_of(event.subject), [record])
        # A record of another ticket, handled after these, shows that they have been looked at.
        [last] = a_ticket(1)
        while partition_of(last.subject) != partition_of(events[0].subject):
            [last] = a_ticket(1)
        await self._world.inject(
            partition_of(last.subject), [Record(*wire.outgoing(last.attributes, last.value)[1:])]
        )
        await self._world.until_handled([(last.subject, 1)])

    async def mend(self) -> None:
        """The running consumer does it by itself."""

    async def retry(self, ticket: UUID) -> None:
        await self._world.admin.execute(
            "UPDATE escalation.parked SET reason = 'retry' WHERE reason = 'failed'"
        )

    async def handled(self, ticket: UUID, count: int) -> list[int]:
        async def enough() -> bool:
            return len(await self._versions(ticket)) >= count

        await self._world.until(enough)
        return await self._versions(ticket)

    async def parked(self, ticket: UUID) -> dict[int, str]:
        rows = await self._world.admin.fetch(
            "SELECT version, reason FROM escalation.parked WHERE subject = $1 ORDER BY version", ticket
        )
        return {row["version"]: row["reason"] for row in rows}

    async def skip(self, ticket: UUID) -> None:
        await self._world.admin.execute(
            "UPDATE escalation.parked SET reason = 'skipped' WHERE reason = 'diverged'"
        )

    async def _start(self) -> Any:
        if not self._world.consumers:
            await self._world.consumer()
        return self._world.consumers[0]

    async def _versions(self, ticket: UUID) -> list[int]:
        return [version for subject, version in await self._world.handled() if subject == ticket]


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.integration)])
def side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Side:
    if request.param == "memory":
        return InMemory()
    monkeypatch.setattr(repair, "PATIENCE", repair.timedelta(seconds=0.2))
    return OnKafka(request.getfixturevalue("world"))


async def test_events_are_handled_once_and_in_order_however_often_they_come(side):
    events = a_ticket(4)
    await side.deliver([*events[:3], *events[:2], events[2], events[3], events[0]])
    assert await side.handled(events[0].subject, 4) == [1, 2, 3, 4]


async def test_a_gap_holds_its_ticket_until_the_feed_fills_it(side):
    events = a_ticket(4)
    await side.deliver([events[0], events[2], events[3]])
    assert await side.parked(events[0].subject) == {3: "gap", 4: "behind"}

    side.feed += events
    await side.mend()

    assert await side.handled(events[0].subject, 4) == [1, 2, 3, 4]
    assert await side.parked(events[0].subject) == {}


async def test_a_late_event_closes_its_gap_by_itself(side):
    events = a_ticket(4)
    await side.deliver([events[0], events[2], events[3], events[1]])
    assert await side.handled(events[0].subject, 4) == [1, 2, 3, 4]


async def test_what_is_heard_first_of_a_ticket_waits_when_it_is_not_its_first(side):
    events = a_ticket(2)
    await side.deliver([events[1]])
    assert await side.handled(events[0].subject, 0) == []
    assert await side.parked(events[0].subject) == {2: "gap"}

    await side.deliver([events[0]])
    assert await side.handled(events[0].subject, 2) == [1, 2]


async def test_a_refused_event_that_comes_again_stays_where_it_is(side):
    events = a_ticket(1)
    side.refuses.add(events[0].subject)
    await side.deliver(events)
    side.refuses.clear()

    await side.deliver(events)

    assert await side.handled(events[0].subject, 0) == []
    assert await side.parked(events[0].subject) == {1: "failed"}


async def test_a_refused_event_holds_its_own_ticket_only(side):
    bad, good = a_ticket(2), a_ticket(2)
    while partition_of(good[0].subject) != partition_of(bad[0].subject):
        good = a_ticket(2)
    side.refuses.add(bad[0].subject)

    await side.deliver([bad[0], good[0], bad[1], good[1]])

    assert await side.handled(good[0].subject, 2) == [1, 2]
    assert await side.parked(bad[0].subject) == {1: "failed", 2: "behind"}

    side.refuses.clear()
    await side.retry(bad[0].subject)
    assert await side.handled(bad[0].subject, 2) == [1, 2]


async def test_an_unknown_type_counts_but_is_not_handed_on(side):
    events = a_ticket(3)
    events[1] = events[1]._replace(attributes=events[1].attributes._replace(type="TicketBlessed.v9"))
    await side.deliver(events)
    assert await side.handled(events[0].subject, 2) == [1, 3]


async def test_data_that_is_not_what_its_type_says_is_set_aside_and_claims_no_version(side):
    events = a_ticket(2)
    strange = events[0]._replace(value=b'{"by": 7}', attributes=events[0].attributes._replace(id=new_id()))
    await side.deliver([strange, *events])
    assert await side.handled(events[0].subject, 2) == [1, 2]
    assert await side.parked(events[0].subject) == {}


def forged(event: Received) -> Received:
    """Another event that claims the version of `event`."""
    return event._replace(attributes=event.attributes._replace(id=new_id()))


async def test_of_two_events_of_one_version_the_second_parks_its_ticket_and_is_never_handled(side):
    events = a_ticket(3)
    ticket = events[0].subject
    await side.deliver([*events[:2], forged(events[1]), events[1], events[2]])
    assert await side.handled(ticket, 2) == [1, 2]
    assert await side.parked(ticket) == {2: "diverged", 3: "behind"}

    side.feed += events
    await side.skip(ticket)

    assert await side.handled(ticket, 3) == [1, 2, 3]
    assert await side.parked(ticket) == {}


async def test_of_two_events_that_claim_a_version_that_waits_the_owner_tells_which_it_is(side):
    events = a_ticket(3)
    ticket = events[0].subject
    await side.deliver([events[0], forged(events[2]), events[2], events[1]])
    assert await side.handled(ticket, 1) == [1]
    assert await side.parked(ticket) == {2: "behind", 3: "diverged"}

    side.feed += events
    await side.skip(ticket)

    assert await side.handled(ticket, 3) == [1, 2, 3]
    assert await side.parked(ticket) == {}


async def test_while_the_owner_says_otherwise_than_what_was_handled_no_skip_lets_the_ticket_go_on(side):
    events = a_ticket(2)
    ticket = events[0].subject
    await side.deliver([forged(events[0]), events[0]])
    assert await side.parked(ticket) == {1: "diverged"}

    side.feed += events
    await side.skip(ticket)

    async def again() -> bool:
        return await side.parked(ticket) == {1: "diverged", 2: "behind"}

    await eventually(again)
    assert await side.handled(ticket, 1) == [1]
