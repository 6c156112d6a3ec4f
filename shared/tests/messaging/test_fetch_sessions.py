"""Incremental fetches: what goes over the wire, and what happens when the broker forgets a session."""

from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v4, FetchRequest_v11

from shared.messaging.fetch_sessions import FetchSessions


class Broker:
    """Answers as Kafka does: a session of one number, and epochs that must follow each other."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.errors: list[int] = []
        self.version: Any = FetchRequest_v11
        self.session = 77

    async def send(self, node_id: int, request: Any, *, group: int = 0) -> Any:
        struct = request.build(self.version)
        self.asked.append(struct)
        error = self.errors.pop(0) if self.errors else 0
        return SimpleNamespace(
            API_VERSION=struct.API_VERSION, error_code=error, session_id=0 if error else self.session
        )


def reading(**offsets: int) -> FetchRequest:
    return FetchRequest(
        100, 1, 1000, 1, [("t", [(int(name[1:]), offset, 500) for name, offset in offsets.items()])]
    )


def named(struct: Any) -> dict[int, int]:
    return {partition: offset for _, found in struct.topics for partition, _, offset, _, _ in found}


@pytest.fixture
def broker() -> Broker:
    return Broker()


async def test_only_what_changed_is_asked_for_again(broker: Broker) -> None:
    sessions = FetchSessions(broker)
    await sessions.send(1, reading(p0=5, p1=7))
    await sessions.send(1, reading(p0=5, p1=8))
    first, second = broker.asked
    assert (first.session_epoch, named(first)) == (0, {0: 5, 1: 7})
    assert (second.session_id, second.session_epoch, named(second)) == (77, 1, {1: 8})


async def test_a_partition_that_is_paused_is_forgotten_and_asked_for_anew_when_it_goes_on(
    broker: Broker,
) -> None:
    sessions = FetchSessions(broker)
    for request in (reading(p0=5, p1=7), reading(p0=5), reading(p0=5, p1=7)):
        await sessions.send(1, request)
    _, paused, resumed = broker.asked
    assert paused.forgotten_topics_data == [("t", [1])]
    assert (named(resumed), resumed.forgotten_topics_data) == ({1: 7}, [])


@pytest.mark.parametrize("error", [70, 71])
async def test_a_session_that_the_broker_does_not_know_is_begun_anew_at_once(
    broker: Broker, error: int
) -> None:
    sessions = FetchSessions(broker)
    await sessions.send(1, reading(p0=5, p1=7))
    broker.errors = [error]
    answer = await sessions.send(1, reading(p0=5, p1=8))
    assert answer.error_code == 0
    assert (broker.asked[-1].session_epoch, named(broker.asked[-1])) == (0, {0: 5, 1: 8})


async def test_after_a_failed_fetch_everything_is_told_again(broker: Broker) -> None:
    class Breaking(Broker):
        async def send(self, node_id: int, request: Any, *, group: int = 0) -> Any:
            answer = await super().send(node_id, request, group=group)
            if len(self.asked) == 2:
                raise ConnectionError
            return answer

    broker = Breaking()
    sessions = FetchSessions(broker)
    await sessions.send(1, reading(p0=5, p1=7))
    with pytest.raises(ConnectionError):
        await sessions.send(1, reading(p0=6, p1=7))
    await sessions.send(1, reading(p0=6, p1=7))
    assert (broker.asked[-1].session_epoch, named(broker.asked[-1])) == (0, {0: 6, 1: 7})


async def test_a_broker_that_keeps_no_session_is_told_everything_each_time(broker: Broker) -> None:
    broker.session = 0
    sessions = FetchSessions(broker)
    for _ in range(2):
        await sessions.send(1, reading(p0=5, p1=7))
    assert [(struct.session_epoch, named(struct)) for struct in broker.asked] == [(0, {0: 5, 1: 7})] * 2


async def test_each_broker_has_a_session_of_its_own(broker: Broker) -> None:
    sessions = FetchSessions(broker)
    await sessions.send(1, reading(p0=5))
    await sessions.send(2, reading(p1=7))
    assert [struct.session_epoch for struct in broker.asked] == [0, 0]


async def test_a_broker_too_old_for_sessions_is_asked_as_before(broker: Broker) -> None:
    broker.version = FetchRequest_v4
    sessions = FetchSessions(broker)
    for _ in range(2):
        await sessions.send(1, reading(p0=5, p1=7))
    assert [struct.topics for struct in broker.asked] == [[("t", [(0, 5, 500), (1, 7, 500)])]] * 2


async def test_what_is_no_fetch_goes_through_untouched() -> None:
    asked = []

    class Client:
        async def send(self, node_id: int, request: Any, *, group: int = 0) -> str:
            asked.append((node_id, request, group))
            return "answer"

    assert await FetchSessions(Client()).send(1, "metadata", group=1) == "answer"  # type: ignore[arg-type]
    assert asked == [(1, "metadata", 1)]
