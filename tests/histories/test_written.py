"""What is written of many tickets at once comes out the same: rows, lists, queues and reports, on PostgreSQL.

The way in is the consumer's own (`shared.messaging.attempts`): what comes again is dropped there, as it
would be. Then it all comes once more past that, as after the swap of a rebuild, and changes nothing.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from random import Random
from typing import Any

import asyncpg
import pytest

from projections import searched, writing
from shared.eventstore.database import open_database
from tests.histories.desk import Desk
from tests.histories.life import History
from tests.histories.many import TICKETS, histories

pytestmark = pytest.mark.integration


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
    "the first words that were said": (
        "_WORDS",
        "said = EXCLUDED.said,",
        "said = coalesce(t.said, EXCLUDED.said),",
    ),
}


@pytest.mark.parametrize("plant", PLANTS)
async def test_a_writer_that_keeps_what_came_first_or_last_is_found_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, plant: str
) -> None:
    statement, right, wrong = PLANTS[plant]
    module = next(each for each in (writing, searched) if hasattr(each, statement))
    whole = getattr(module, statement)
    assert right in whole
    monkeypatch.setattr(module, statement, whole.replace(right, wrong))

    with pytest.raises(AssertionError):
        await come_out_the_same(desk, histories(12), 2)
