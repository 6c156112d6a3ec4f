"""A mark holds only where everything before it has been processed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.messaging import marks
from shared.messaging.marks import Mark
from shared.messaging.progress import Progress

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Rows:
    """Takes the place of the database: keeps what was stored."""

    def __init__(self) -> None:
        self.stored: list[tuple[Any, ...]] = []

    def working(self) -> "Rows":
        return self

    async def __aenter__(self) -> "Rows":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self, _: str, *columns: list[Any]) -> None:
        self.stored += zip(*columns, strict=True)


def a_mark(seconds: int, next_offset: int) -> Mark:
    return Mark("/intake", "ticket-events", 4, NOW + timedelta(seconds=seconds), next_offset)


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def progress(rows: Rows) -> Progress:
    return Progress(rows)  # type: ignore[arg-type]


async def test_the_newest_mark_that_has_been_reached_is_stored_and_later_ones_wait(
    progress: Progress, rows: Rows
) -> None:
    for mark in (a_mark(1, 10), a_mark(2, 12), a_mark(3, 20)):
        progress.note(mark)

    await progress.store(lambda topic, partition: 15)
    await progress.store(lambda topic, partition: 15)

    assert rows.stored == [("/intake", 4, NOW + timedelta(seconds=2), 12)]
    await progress.store(lambda topic, partition: 20)
    assert rows.stored[-1] == ("/intake", 4, NOW + timedelta(seconds=3), 20)


async def test_no_mark_holds_for_a_partition_that_is_not_ours(progress: Progress, rows: Rows) -> None:
    progress.note(a_mark(1, 10))
    await progress.store(lambda topic, partition: None)
    assert rows.stored == []


def test_a_mark_survives_the_wire() -> None:
    assert marks.decode(marks.encode(a_mark(1, 10)).value) == a_mark(1, 10)
