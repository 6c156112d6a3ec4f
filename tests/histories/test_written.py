"""What is written of many tickets at once comes out the same: rows, lists, queues and reports, on PostgreSQL.

The way in is the consumer's own (`shared.messaging.attempts`): what comes again is dropped there, as it
would be. Then it all comes once more past that, as after the swap of a rebuild, and changes nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from projections import writing
from projections.arrivals import Arrivals
from projections.bells import Bells
from projections.domain.fold import fold
from projections.domain.record import record
from projections.listing import Wanted, read_list
from projections.overviews import read_overviews, read_queues
from projections.past import read_past
from projections.reading import read_ticket
from projections.reports import Asked, read_attainment
from projections.subscription import read_models
from projections.writing import write
from shared.events.envelope import Recorded
from shared.eventstore.database import Database, open_database
from shared.messaging.attempts import Attempts
from shared.messaging.received import Received
from shared.messaging.tracing import no_spans
from tests.histories.arrivals import in_batches, interleaved, received
from tests.histories.life import History
from tests.histories.many import TICKETS, histories

pytestmark = pytest.mark.integration

SORTS = ("registered_at", "-updated_at", "due", "-due", "priority", "number")
GROUPS = ("all", "priority", "line", "customer", "month", "contract", "kind")
WORDS = ("återkommer", "konstig", "fortfarande", "omstartad", "version", "logga")
CUSTOMER, SUPPORT = "acme", "*"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
TABLES = {
    "tickets": "id",
    "deadlines": "ticket, deadline_id",
    "timeline": "ticket, source, version",
    "consumer_heads": "subject, source",
}


class Desk:
    """The read models of one service, emptied for each order of arrival."""

    def __init__(self, database: Database, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.database, self.admin = database, admin
        self._wire: dict[UUID, Received] = {}
        self._attempts = Attempts(database, read_models(Arrivals(), Bells()), no_spans)

    async def hear(self, histories: Sequence[History], random: Random) -> None:
        """Everything, in one order: a batch holds what many tickets have next of one source."""
        for table in (*TABLES, "ticket_changes", "parked"):
            await self.admin.execute(f"DELETE FROM projections.{table}")
        arriving = [interleaved(history.sources, random) for history in histories]
        heard: list[Recorded] = []
        again = sum(map(len, arriving)) // 2
        for source, batch in in_batches(arriving, random):
            outcome = await self._attempts.batch(source, 0, [self._received(event) for event in batch], True)
            assert outcome == set(), outcome
            heard += batch
            if again and len(heard) >= again:
                again = 0
                await self._write_again(heard)
        await self._write_again(heard)

    def _received(self, event: Recorded) -> Received:
        if event.id not in self._wire:
            self._wire[event.id] = received(event)
        return self._wire[event.id]

    async def _write_again(self, heard: Sequence[Recorded]) -> None:
        """Past the check of versions: each ticket's whole past in one batch, and in two."""
        once = sorted({event.id: event for event in heard}.values(), key=lambda event: event.version)
        before = await self.rows()
        for events in (once, once[: len(once) // 2], once[len(once) // 2 :]):
            async with self.database.transaction() as tx:
                await write(tx.connection, fold(events))
        assert await self.rows() == before

    async def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Every column of every row."""
        return {
            table: [
                dict(row)
                for row in await self.admin.fetch(f"SELECT * FROM projections.{table} ORDER BY {key}")
            ]
            for table, key in TABLES.items()
        }

    async def changed(self) -> dict[UUID, tuple[set[str], set[str]]]:
        """What those who follow along were told of each ticket, all in all.

        A customer is told of a status or a line only as it changes, and what changes back within one batch
        has not: so these two are left out of what the customer is told.
        """
        found: dict[UUID, tuple[set[str], set[str]]] = {}
        for row in await self.admin.fetch(
            "SELECT ticket, fields, public_fields FROM projections.ticket_changes"
        ):
            fields, public = found.setdefault(row["ticket"], (set(), set()))
            fields |= set(row["fields"])
            public |= set(row["public_fields"]) - {"status", "routing"}
        return found

    async def answers(self, histories: Sequence[History]) -> dict[str, Any]:
        """What callers are answered: lists, searches, queues, overviews, reports, and some tickets whole."""
        found: dict[str, Any] = {}
        for who in (CUSTOMER, SUPPORT):
            async with self.database.reading(who) as connection:
                for sort in SORTS:
                    found[f"list {who} {sort}"] = await _all_pages(connection, Wanted(who, sort, 50))  # type: ignore[arg-type]
                for word in WORDS:
                    wanted = Wanted(who, "number", 200, phrase=word)
                    found[f"search {who} {word}"] = [
                        e["id"] for e in (await read_list(connection, wanted)).items
                    ]
                for group in GROUPS:
                    asked = Asked(who, group_by=group)  # type: ignore[arg-type]
                    found[f"report {who} {group}"] = await read_attainment(connection, asked)
                found[f"overviews {who}"] = await read_overviews(connection, who, NOW)
                if who == SUPPORT:
                    found["queues"] = await read_queues(connection, NOW)
                for history in histories[::10]:
                    found[f"{who} {history.ticket}"] = await _whole(connection, who, history)
        return _plain(found)


async def _all_pages(connection: Any, wanted: Wanted) -> list[Any]:
    found: list[Any] = []
    while True:
        page = await read_list(connection, wanted)
        found += page.items
        if page.following is None:
            return found
        wanted = Wanted(wanted.tenant, wanted.sort, wanted.limit, after=page.following)


async def _whole(connection: Any, who: str, history: History) -> Any:
    present = await read_ticket(connection, who, history.ticket)
    if present.ticket is None:
        return None
    past = await read_past(connection, who, history.ticket, history.ends, None)
    assert _plain(past.ticket) == _plain(present.ticket)
    middle = history.intake[0].time + timedelta(hours=3)
    before = await read_past(connection, who, history.ticket, middle, None)
    known = await read_past(connection, who, history.ticket, None, middle)
    return present.ticket, record(present.ticket), before, known


def _plain(value: Any) -> Any:
    return orjson.loads(orjson.dumps(value, default=_parts))


def _parts(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else str(value)


async def come_out_the_same(desk: Desk, told: Sequence[History], orders: int) -> None:
    expected: Mapping[str, Any] | None = None
    for seed in range(orders):
        await desk.hear(told, Random(seed))
        found = {**await desk.rows(), "changes": await desk.changed(), "answers": await desk.answers(told)}
        if expected is None:
            expected = found
        for name, rows in expected.items():
            assert found[name] == rows, f"{name}, in the order of seed {seed}: {_first(rows, found[name])}"


def _first(one: Any, other: Any) -> Any:
    """The first part that differs; a ticket's last digits are its seed."""
    if isinstance(one, dict) and isinstance(other, dict):
        return next(
            ((key, _first(one[key], other.get(key))) for key in one if one[key] != other.get(key)), other
        )
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = zip(one, other, strict=True)
        return next((getattr(a, "get", lambda _: None)("id"), _first(a, b)) for a, b in pairs if a != b)
    return one, other


@pytest.fixture
async def desk(fresh_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    database = await open_database(fresh_database("projections"), "projections", durable=False)
    admin = await asyncpg.connect(fresh_database("admin"))
    yield Desk(database, admin)
    await admin.close()
    await database.close()


@pytest.mark.timeout(900)
async def test_every_row_and_answer_is_the_same_whatever_came_first_and_twice(desk: Desk) -> None:
    await come_out_the_same(desk, histories(TICKETS), 3)


PLANTS = {
    "the last word on when it changed": (
        "_ROUTING",
        "updated_at = greatest(t.updated_at, EXCLUDED.updated_at)",
        "updated_at = EXCLUDED.updated_at",
    ),
    "the last word on its line": ("_ROUTING", "t.routing_version < EXCLUDED.routing_version AND", ""),
    "the last word on a clock": ("_DEADLINES", "t.version < EXCLUDED.version AND", ""),
    "the first deadline that ever ran": (
        "_SUMMARY",
        "due_at = EXCLUDED.due_at,",
        "due_at = least(t.due_at, EXCLUDED.due_at),",
    ),
    "the first words that were said": ("_WORDS", "said = w.said,", "said = coalesce(t.said, w.said),"),
}


@pytest.mark.parametrize("plant", PLANTS)
async def test_a_writer_that_keeps_what_came_first_or_last_is_found_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, plant: str
) -> None:
    statement, right, wrong = PLANTS[plant]
    whole = getattr(writing, statement)
    assert right in whole
    monkeypatch.setattr(writing, statement, whole.replace(right, wrong))

    with pytest.raises(AssertionError):
        await come_out_the_same(desk, histories(12), 2)
