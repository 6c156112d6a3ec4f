"""Commands on real PostgreSQL: durable, once per key, and never colliding unseen."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest

from shared.errors import NotFound, Rejected, Stale, Transient
from shared.events.envelope import Event, Recorded
from shared.events.ids import new_id
from shared.events.people import SYSTEM
from shared.events.ticket import WorkStarted
from shared.eventstore.commands import Beside, Command, Committed
from shared.eventstore.database import ALL_TENANTS, Database, open_database
from shared.eventstore.group_commit import GroupCommitter
from shared.eventstore.idempotency import Key
from shared.eventstore.postgres import PostgresEventStore

pytestmark = pytest.mark.integration

Desk = GroupCommitter[int]


def begin(_state: int | None, _now: datetime) -> Sequence[Event]:
    return [WorkStarted(by=SYSTEM)]


def count(history: Sequence[Recorded]) -> int:
    return len(history)


def key(name: str, body: bytes = b"same") -> Key:
    return Key("acme", "POST", "/v1/tickets", name, body)


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await open_database(fresh_database("intake"), "intake")
    yield database
    await database.close()


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    committer = Desk(database, PostgresEventStore(database, "/intake"), count)
    loops = [asyncio.create_task(committer.run()) for _ in range(2)]
    yield committer
    for loop in loops:
        loop.cancel()


def opening(stream: UUID, named: Key | None = None) -> Command[int]:
    return Command(stream, "acme", begin, opens=True, key=named)


async def test_two_hundred_commands_on_one_ticket_all_take_effect(desk: Desk) -> None:
    stream = new_id()
    await desk.submit(opening(stream))
    answers = await asyncio.gather(*(desk.submit(Command(stream, "acme", begin)) for _ in range(200)))
    assert sorted(answer.version for answer in answers) == list(range(2, 202))


async def test_two_processes_on_one_ticket_decide_again_and_lose_nothing(
    desk: Desk, database: Database
) -> None:
    other = Desk(database, PostgresEventStore(database, "/intake"), count)
    running = asyncio.create_task(other.run())
    stream = new_id()
    await desk.submit(opening(stream))
    for round_ in range(20):
        pair = await asyncio.gather(
            desk.submit(Command(stream, "acme", begin)), other.submit(Command(stream, "acme", begin))
        )
        assert {answer.version for answer in pair} == {2 * round_ + 2, 2 * round_ + 3}
    running.cancel()


async def test_the_same_key_gives_the_first_answer_again(desk: Desk) -> None:
    first = await desk.submit(opening(new_id(), key("k")))
    await desk.submit(Command(first.stream, "acme", begin))
    again = await desk.submit(opening(new_id(), key("k")))
    assert again == Committed(first.stream, 1, 1, repeated=True)


async def test_the_same_key_at_the_same_moment_makes_one_ticket(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.submit(opening(new_id(), key("k"))) for _ in range(50)))
    assert len({answer.stream for answer in answers}) == 1


async def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    await desk.submit(opening(new_id(), key("k")))
    with pytest.raises(Rejected, match="idempotency-key-reused"):
        await desk.submit(opening(new_id(), key("k", b"other")))


async def test_a_key_of_another_credential_is_another_key(desk: Desk) -> None:
    mine = await desk.submit(opening(new_id(), key("k")))
    others = await desk.submit(opening(new_id(), key("k")._replace(credential="region")))
    assert mine.stream != others.stream


async def test_a_refused_command_is_not_remembered_and_harms_no_neighbour(desk: Desk) -> None:
    def refuse(_state: int | None, _now: datetime) -> Sequence[Event]:
        raise Rejected("no", "Never.")

    refused, fine = await asyncio.gather(
        desk.submit(Command(new_id(), "acme", refuse, opens=True, key=key("k"))),
        desk.submit(opening(new_id())),
        return_exceptions=True,
    )
    assert isinstance(refused, Rejected)
    assert isinstance(fine, Committed)
    assert (await desk.submit(opening(new_id(), key("k")))).repeated is False


async def test_a_stale_precondition_is_refused(desk: Desk) -> None:
    stream = new_id()
    await desk.submit(opening(stream))
    with pytest.raises(Stale):
        await desk.submit(Command(stream, "acme", begin, expected=7))


async def test_anothers_ticket_is_not_found_and_support_reaches_all(desk: Desk) -> None:
    stream = new_id()
    await desk.submit(opening(stream))
    with pytest.raises(NotFound):
        await desk.submit(Command(stream, "region", begin))
    assert (await desk.submit(Command(stream, ALL_TENANTS, begin))).version == 2


async def test_a_lost_connection_is_transient_and_the_next_request_succeeds(
    desk: Desk, fresh_database: Callable[[str], str]
) -> None:
    await desk.submit(opening(new_id()))
    admin = await asyncpg.connect(fresh_database("admin"))
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'intake-worker' AND datname = current_database()"
    )
    await admin.close()
    answers = [await asyncio.gather(desk.submit(opening(new_id())), return_exceptions=True) for _ in range(9)]
    assert [repr(a) for (a,) in answers if not isinstance(a, Committed | Transient)] == []
    assert isinstance(answers[-1][0], Committed)


def beside(stream: UUID, *, opens: bool = False) -> Beside[int]:
    return Beside(stream, lambda _first, second, now: begin(second, now), opens=opens)


async def test_a_change_of_two_streams_is_committed_in_both(desk: Desk, database: Database) -> None:
    one, two, three = new_id(), new_id(), new_id()
    for stream in (one, two):
        await desk.submit(opening(stream))
    assert (await desk.submit(Command(one, "acme", begin, beside=beside(two)))).version == 2
    assert (await desk.submit(Command(one, "acme", begin, beside=beside(three, opens=True)))).version == 3
    store = PostgresEventStore(database, "/intake")
    assert [len(await store.read(stream, "acme")) for stream in (one, two, three)] == [3, 2, 1]


async def test_a_refusal_of_the_second_stream_leaves_the_first_as_it_was(
    desk: Desk, database: Database
) -> None:
    def refuse(_first: int, _second: int | None, _now: datetime) -> Sequence[Event]:
        raise Rejected("no", "no")

    mine, theirs = new_id(), new_id()
    await desk.submit(opening(mine))
    await desk.submit(Command(theirs, "region", begin, opens=True))
    with pytest.raises(Rejected):
        await desk.submit(Command(mine, "acme", begin, beside=Beside(mine, refuse, opens=True)))
    for unseen in (theirs, new_id()):
        with pytest.raises(NotFound):
            await desk.submit(Command(mine, "acme", begin, beside=beside(unseen)))
    store = PostgresEventStore(database, "/intake")
    assert [len(await store.read(stream, "*")) for stream in (mine, theirs)] == [1, 1]


async def test_changes_of_two_streams_that_cross_all_take_effect(desk: Desk, database: Database) -> None:
    """Two processes that change the same pairs, each beginning at another end."""
    other = Desk(database, PostgresEventStore(database, "/intake"), count)
    running = asyncio.create_task(other.run())
    streams = [new_id() for _ in range(6)]
    for stream in streams:
        await desk.submit(opening(stream))
    for _ in range(10):
        await asyncio.gather(
            *(
                to.submit(Command(a, ALL_TENANTS, begin, beside=beside(b)))
                for to, pairs in (
                    (desk, zip(streams[::2], streams[1::2], strict=True)),
                    (other, zip(streams[1::2], streams[::2], strict=True)),
                )
                for a, b in pairs
            )
        )
    running.cancel()
    store = PostgresEventStore(database, "/intake")
    assert [len(await store.read(stream, "acme")) for stream in streams] == [21] * 6
