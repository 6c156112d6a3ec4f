"""What every event store does, whatever it is made of: one suite over the in-memory and the real adapter."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from shared.events.envelope import Event
from shared.events.ids import new_id
from shared.events.people import SYSTEM, Contact
from shared.events.ticket import CommentAdded, ContractTerms, TicketOpened, WorkStarted
from shared.eventstore.database import Transaction, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import Append, EventStore, FeedQuery, NewEvent, StreamConflict
from shared.testing.memory_store import MemoryEventStore

NOW = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
HUBS = ContractTerms(id="hubs", policy="hubs", timezone="Europe/Stockholm", locale="sv", lines=2)
OPENED = TicketOpened(
    number="2026-000001",
    customer="acme",
    contract=HUBS,
    type="incident",
    channel="api",
    registered_at=NOW,
    by=SYSTEM,
    subject="Växeln svarar inte 😀",
    reporter=Contact(name="Ada Exempel", email="ada@acme.example"),
)
COMMENT = CommentAdded(comment_id="c1", visibility="public", by=SYSTEM, body="hej")


class Subject(NamedTuple):
    store: EventStore
    transaction: Callable[[], AbstractAsyncContextManager[Transaction]]


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    if request.param == "memory":
        memory = MemoryEventStore("/intake", lambda: NOW)
        yield Subject(memory, memory.transaction)
        return
    url = request.getfixturevalue("fresh_database")("intake")
    database = await open_database(url, "intake")
    yield Subject(PostgresEventStore(database, "/intake"), database.transaction)
    await database.close()


def appended(stream: UUID, expected: int, *events: Event, tenant: str = "acme") -> Append:
    return Append(stream, tenant, expected, [NewEvent(new_id(), NOW, event) for event in events], new_id())


async def append(subject: Subject, *appends: Append) -> None:
    async with subject.transaction() as tx:
        await subject.store.append(tx, appends)


async def test_what_is_appended_is_read_back_whole_and_in_order(subject: Subject) -> None:
    stream = new_id()
    await append(subject, appended(stream, 0, OPENED, COMMENT))
    events = await subject.store.read(stream, "acme")
    assert [(e.version, e.data) for e in events] == [(1, OPENED), (2, COMMENT)]


async def test_an_append_on_an_old_version_is_a_conflict(subject: Subject) -> None:
    stream = new_id()
    await append(subject, appended(stream, 0, OPENED))
    with pytest.raises(StreamConflict):
        await append(subject, appended(stream, 0, OPENED))


async def test_an_append_beyond_the_newest_version_is_a_conflict(subject: Subject) -> None:
    stream = new_id()
    await append(subject, appended(stream, 0, OPENED))
    with pytest.raises(StreamConflict):
        await append(subject, appended(stream, 5, COMMENT))


async def test_an_append_under_another_tenant_is_a_conflict(subject: Subject) -> None:
    stream = new_id()
    await append(subject, appended(stream, 0, OPENED))
    with pytest.raises(StreamConflict):
        await append(subject, appended(stream, 1, COMMENT, tenant="region"))
    assert len(await subject.store.read(stream, "*")) == 1


async def test_an_event_id_is_stored_once(subject: Subject) -> None:
    once = NewEvent(new_id(), NOW, OPENED)
    await append(subject, Append(new_id(), "acme", 0, [once], new_id()))
    with pytest.raises(StreamConflict):
        await append(subject, Append(new_id(), "acme", 0, [once], new_id()))


async def test_a_failing_transaction_leaves_nothing_of_any_stream(subject: Subject) -> None:
    one, other = new_id(), new_id()
    await append(subject, appended(other, 0, OPENED))
    with pytest.raises(StreamConflict):
        await append(subject, appended(one, 0, OPENED), appended(other, 0, OPENED))
    assert await subject.store.read(one, "acme") == []


async def test_another_tenant_reads_nothing_and_support_reads_all(subject: Subject) -> None:
    stream = new_id()
    await append(subject, appended(stream, 0, OPENED))
    assert await subject.store.read(stream, "region") == []
    assert len(await subject.store.read(stream, "*")) == 1


async def test_load_gives_only_known_streams(subject: Subject) -> None:
    stream, unknown = new_id(), new_id()
    await append(subject, appended(stream, 0, OPENED))
    async with subject.transaction() as tx:
        loaded = await subject.store.load(tx, [stream, unknown])
    assert list(loaded) == [stream]


async def test_the_feed_pages_through_every_event_by_subject_and_version(subject: Subject) -> None:
    streams = sorted(new_id() for _ in range(5))
    for stream in reversed(streams):
        await append(subject, appended(stream, 0, OPENED, COMMENT, WorkStarted(by=SYSTEM)))
    seen: list[tuple[UUID, int]] = []
    query = FeedQuery(limit=4)
    while True:
        page = await subject.store.feed(query)
        seen += [(event.subject, event.version) for event in page.events]
        if page.last is None:
            break
        query = FeedQuery(after=page.last, limit=4)
    assert seen == [(stream, version) for stream in streams for version in (1, 2, 3)]


async def test_the_feed_of_one_source_has_nothing_of_another(subject: Subject) -> None:
    await append(subject, appended(new_id(), 0, OPENED))
    assert len((await subject.store.feed(FeedQuery(source="/intake"))).events) == 1
    assert (await subject.store.feed(FeedQuery(source="/intake/directory"))).events == []


async def test_the_feed_of_one_subject_and_of_what_changed_lately(subject: Subject) -> None:
    one, other = new_id(), new_id()
    await append(subject, appended(one, 0, OPENED), appended(other, 0, OPENED))
    page = await subject.store.feed(FeedQuery(subject=one))
    assert {event.subject for event in page.events} == {one}
    stored = page.events[0].recorded_at
    assert len((await subject.store.feed(FeedQuery(changed_since=stored))).events) == 2
    later = stored + timedelta(hours=1)
    assert (await subject.store.feed(FeedQuery(changed_since=later))).events == []


@pytest.mark.integration
async def test_stores_of_two_sources_in_one_schema_read_their_own_streams(
    fresh_database: Callable[[str], str],
) -> None:
    database = await open_database(fresh_database("intake"), "intake")
    tickets, directory = (PostgresEventStore(database, at) for at in ("/intake", "/intake/directory"))
    stream = new_id()
    async with database.transaction() as tx:
        await tickets.append(tx, [appended(stream, 0, OPENED)])
        assert await directory.load(tx, [stream]) == {}
        assert list(await tickets.load(tx, [stream])) == [stream]
    assert await directory.read(stream, "*") == []
    assert len(await tickets.read(stream, "*")) == 1
    assert len((await directory.feed(FeedQuery())).events) == 1
    await database.close()
