"""The read models on PostgreSQL, and all that can be asked of them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson

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
from shared.eventstore.database import Database
from shared.messaging.attempts import Attempts
from shared.messaging.received import Received
from shared.messaging.tracing import no_spans
from tests.histories.arrivals import in_batches, interleaved, received
from tests.histories.life import History

SORTS = ("registered_at", "-updated_at", "due", "-due", "priority", "number")
GROUPS = ("all", "priority", "line", "customer", "month", "contract", "kind")
WORDS = ("återkommer", "konstig", "fortfarande", "omstartad", "version", "logga")
CUSTOMER, SUPPORT = "acme", "*"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
TABLES = {
    "tickets": "id",
    "deadlines": "ticket, deadline_id",
    "timeline": "ticket, source, version",
    "ticket_words": "ticket",
    "reviews": "ticket, review",
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
        """Past the check of versions: each ticket's whole past in one batch, then in two, the oldest last."""
        once = sorted({event.id: event for event in heard}.values(), key=lambda event: event.version)
        before = await self.rows()
        for events in (once, once[len(once) // 2 :], once[: len(once) // 2]):
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
