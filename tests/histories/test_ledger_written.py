"""notifier's own handler enters, on PostgreSQL and for many tickets at once, what the pure ledger says."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from notifier import handlers
from notifier.domain.recipients import person_at
from notifier.handlers import Noting, Policy
from shared.events.envelope import Recorded
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.attempts import Attempts
from shared.messaging.tracing import no_spans
from tests.histories.arrivals import in_batches, interleaved, received, taken_in
from tests.histories.ledger import Ledger
from tests.histories.life import History
from tests.histories.many import TICKETS, histories
from tests.histories.scene import ADDRESSES

pytestmark = pytest.mark.integration

Rows = set[tuple[UUID, str, str, str]]
"""Event, recipient, template, person."""


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await open_database(fresh_database("notifier"), "notifier", durable=False)
    yield database
    await database.close()


async def entered(database: Database, told: list[History], random: Random) -> tuple[Rows, Rows]:
    """What stands in the ledger, and what the pure one makes of the same order."""
    policy = Policy(ADDRESSES, {}, timedelta(0))
    noting = Noting(PostgresEventStore(database, "/notifier"), policy, lambda: None, lambda: None)
    attempts = Attempts(database, noting.handle, no_spans)
    arriving = [interleaved(history.sources[:3], random) for history in told]
    heard: dict[UUID, list[Recorded]] = {}
    for source, batch in in_batches(arriving, random):
        assert await attempts.batch(source, 0, [received(event) for event in batch], True) == set()
        for event in batch:
            heard.setdefault(event.subject, []).append(event)
    expected: Rows = set()
    for events in heard.values():
        ledger = Ledger()
        for event in taken_in(events):
            ledger.hear(event)
        expected |= {
            (event, recipient, notice.template, person_at(address))
            for (event, recipient), (notice, address) in ledger.rows.items()
        }
    async with database.working() as connection:
        rows = await connection.fetch("SELECT event_id, recipient, template, person FROM ledger")
    assert len(rows) == len({tuple(row) for row in rows})
    return {tuple(row) for row in rows}, expected


@pytest.mark.timeout(900)
async def test_the_ledger_holds_what_each_is_told_once_in_any_order(database: Database) -> None:
    rows, expected = await entered(database, histories(TICKETS), Random(1))
    assert rows == expected


async def test_a_notice_that_is_lost_while_its_ticket_is_unknown_is_found_out(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> list[object]:
        return []

    monkeypatch.setattr(handlers, "take_waiting", nothing)

    rows, expected = await entered(database, histories(12), Random(1))
    assert rows != expected
