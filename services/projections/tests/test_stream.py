"""Who follows along misses nothing that it may see, hears of nothing that it may not, and holds nobody up."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import orjson
import pytest

from projections import following as module
from projections.bells import Bells
from projections.domain.fold import fold
from projections.following import Bounded, Following
from projections.streaming import KEPT, NOBODY, PAGE, Position, note, prune, read_changes
from projections.writing import write
from shared.events.escalation import TicketAssigned
from shared.events.people import Actor
from shared.events.ticket import CommentAdded, TicketPrioritised
from shared.eventstore.database import Database
from shared.runtime.cursors import encode_cursor

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
TakeIn = Callable[..., Any]
AGENT = Actor(id="agent-1", party="support", role="agent")
NOTED = CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="Odd.")


def _parsed(chunk: bytes) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in chunk.decode().splitlines() if line and line[0] != ":")


class Stream:
    """What one reader was sent."""

    def __init__(self, events: AsyncIterator[bytes]) -> None:
        self._events = events
        self.id = ""

    async def next(self) -> tuple[str | None, dict[str, Any]]:
        async with asyncio.timeout(10):
            fields = _parsed(await anext(self._events))
        self.id = fields["id"]
        return fields.get("event"), orjson.loads(fields.get("data", "{}"))

    async def ticket(self) -> dict[str, Any]:
        name, data = await self.next()
        assert name == "ticket"
        return data


@pytest.fixture
def follow(following: Following) -> Callable[..., Any]:
    """`await follow(tenant, last_id=None)`: a stream that has begun."""

    async def follow(tenant: str, last_id: str | None = None) -> Stream:
        stream = Stream(following.follow(tenant, last_id))
        if last_id is None:
            assert await stream.next() == (None, {}), "an id to come back to"
        return stream

    return follow


async def test_a_change_is_told_with_its_versions_and_fields(
    follow: Callable[..., Any], story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    await take_in(ada.opened())
    stream = await follow("acme")
    await take_in(ada.told(TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT)))
    told = await stream.ticket()
    assert (told["id"], told["changed"]) == (str(ada.ticket), ["priority", "status", "timeline"])
    assert told["versions"] == {"intake": 2, "sla-engine": 0, "escalation": 0, "notifier": 0}


async def test_a_customer_hears_neither_of_others_nor_of_what_is_internal(
    follow: Callable[..., Any], story: Stories, take_in: TakeIn
) -> None:
    ada, bo = story(tenant="acme"), story(tenant="region")
    await take_in(ada.opened())
    await take_in(bo.opened())
    customer, support = await follow("acme"), await follow("*")
    await take_in(bo.told(NOTED))
    await take_in(ada.told(NOTED))
    await take_in(ada.told(NOTED))
    await take_in(ada.told(TicketAssigned(line=1, team="line-1", by=AGENT, assignee="agent-1")))
    await take_in(ada.told(TicketAssigned(line=1, team="line-1", by=AGENT, assignee="agent-2")))
    await take_in(ada.told(TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT)))
    # The first internal word made it open, the first assignment gave it a line; the second ones show nowhere.
    assert [(await customer.ticket())["changed"] for _ in range(3)] == [
        ["status"],
        ["routing"],
        ["priority", "status", "timeline"],
    ]
    heard = [await support.ticket() for _ in range(6)]
    assert [told["id"] for told in heard] == [str(bo.ticket)] + [str(ada.ticket)] * 5


async def test_who_comes_back_goes_on_after_the_last_event_it_had(
    follow: Callable[..., Any], story: Stories, take_in: TakeIn
) -> None:
    stream = await follow("acme")
    stories = [story() for _ in range(PAGE + 20)]
    for ada in stories:
        ada.opened()
    await take_in(*(ada.events[0] for ada in stories))
    await take_in(stories[0].told(NOTED))
    first = [(await stream.ticket())["id"] for _ in range(7)]
    again = await follow("acme", stream.id)
    rest = [(await again.ticket())["id"] for _ in range(PAGE + 13)]
    assert sorted(first + rest) == sorted(str(ada.ticket) for ada in stories)
    assert (await again.ticket())["id"] == str(stories[0].ticket)


async def test_what_commits_late_is_told_all_the_same(
    database: Database, follow: Callable[..., Any], story: Stories, take_in: TakeIn
) -> None:
    slow, quick = story(), story()
    changes = fold([slow.opened()])
    stream = await follow("acme")
    async with database.transaction() as tx:
        await note(tx.connection, changes)
        await write(tx.connection, changes)
        await take_in(quick.opened())
        # The quick one is committed, and yet not out: the slow one's place is before it.
        async with database.reading("acme") as connection:
            here = await read_changes(connection, "acme", Position(0, NOBODY))
        assert here.changed == []
    assert [(await stream.ticket())["id"] for _ in range(2)] == [str(slow.ticket), str(quick.ticket)]


async def test_a_resume_point_that_is_too_old_or_none_of_ours_resets(
    database: Database, follow: Callable[..., Any], story: Stories, take_in: TakeIn
) -> None:
    stream = await follow("acme")
    old = stream.id
    await take_in(story().opened())
    await stream.ticket()
    async with database.working() as connection:
        await connection.execute("UPDATE ticket_changes SET changed_at = now() - $1::interval * 2", KEPT)
    await prune(database)
    for last_id in (old, "nonsense", encode_cursor(2**61, str(NOBODY)), encode_cursor("x", "y")):
        again = await follow("acme", last_id)
        assert await again.next() == ("reset", {})
        ada = story()
        await take_in(ada.opened())
        assert (await again.ticket())["id"] == str(ada.ticket), "it goes on from there"


async def test_a_rebuild_resets_everyone_once(
    database: Database, follow: Callable[..., Any], story: Stories, take_in: TakeIn
) -> None:
    stream = await follow("acme")
    async with database.working() as connection:
        await connection.execute("SELECT begin_rebuild()")
        assert await connection.fetchval("SELECT finish_rebuild()")
    assert await stream.next() == ("reset", {})
    ada = story()
    await take_in(ada.opened())
    assert (await stream.ticket())["id"] == str(ada.ticket)


async def test_silence_is_broken_by_heartbeats(
    follow: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT", 0.0)
    monkeypatch.setattr(module, "_UNASKED", 0.01)
    stream = await follow("acme")
    assert await stream.next() == (None, {})


async def test_a_reader_who_takes_nothing_is_dropped(
    bells: Any, following: Following, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLOW", 0.05)
    forever = asyncio.Event()

    async def never_taken(message: Any) -> None:
        if message["type"] == "http.response.body":
            await forever.wait()

    async with asyncio.timeout(5):
        await Bounded(following.follow("acme", None)).stream_response(never_taken)


async def test_too_many_readers_are_refused(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 0)
    answer = await client.get("/v1/stream", headers={"Authorization": "Bearer acme"})
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


async def test_one_customers_readers_do_not_shut_others_out(
    client: httpx2.AsyncClient, following: Following, bells: Bells, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_OF_ONE_CUSTOMER", 1)
    following.ending = lambda: bells.listeners > 1  # whoever is let in beside it leaves at once
    with bells.hearing("acme"):
        told = {
            name: (await client.get("/v1/stream", headers={"Authorization": f"Bearer {name}"})).status_code
            for name in ("acme", "region", "agent")
        }
    assert told == {"acme": 503, "region": 200, "agent": 200}


async def test_over_http_it_is_an_event_stream_that_ends_with_the_process(
    client: httpx2.AsyncClient, following: Following, bells: Any
) -> None:
    following.ending = lambda: bells.listeners > 0  # at its first look
    answer = await client.get("/v1/stream", headers={"Authorization": "Bearer acme"})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/event-stream")
    assert bells.listeners == 0
    assert (await client.get("/v1/stream")).status_code == 401


async def test_changes_are_kept_apart_by_each_layer_alone(
    database: Database, story: Stories, take_in: TakeIn
) -> None:
    ada, bo = story(tenant="acme"), story(tenant="region")
    await take_in(ada.opened())
    await take_in(bo.opened())
    async with database.reading("acme") as connection:
        rows = await connection.fetch("SELECT ticket FROM ticket_changes")
        assert [row["ticket"] for row in rows] == [ada.ticket]
    async with database.working() as connection:
        read = await read_changes(connection, "region", Position(0, NOBODY))
        assert [changed.ticket for changed in read.changed] == [bo.ticket]


async def test_a_resume_point_of_any_length_resets_and_is_no_error(
    client: httpx2.AsyncClient, following: Following, bells: Any
) -> None:
    following.ending = lambda: bells.listeners > 0  # at its first look
    for last_id in ("x" * 201, "x" * 20_000):
        answer = await client.get(
            "/v1/stream", headers={"Authorization": "Bearer acme", "Last-Event-ID": last_id}
        )
        assert answer.status_code == 200
        stream = Stream(following.follow("acme", last_id))
        following.ending = lambda: False
        assert await stream.next() == ("reset", {})
        following.ending = lambda: bells.listeners > 0
