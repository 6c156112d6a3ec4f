"""A reader who waits is woken by the commit, and waits no longer than it was told."""

import asyncio
from uuid import UUID

import pytest

from projections import arrivals as module
from projections.arrivals import Arrivals
from shared.events.ids import new_id
from shared.testing.waiting import eventually


@pytest.fixture(autouse=True)
def only_commits_wake(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look unasked: what is found was told of."""
    monkeypatch.setattr(module, "_ELSEWHERE", 60.0)


class Versions:
    """A ticket's version, and how often it was read."""

    def __init__(self) -> None:
        self.version, self.reads = 0, 0

    async def read(self) -> int:
        self.reads += 1
        return self.version


def _waiting(arrivals: Arrivals, ticket: UUID, versions: Versions, patience: float) -> "asyncio.Task[int]":
    return asyncio.create_task(arrivals.wait(ticket, versions.read, lambda found: found >= 2, patience))


async def test_a_commit_wakes_the_reader() -> None:
    arrivals, ticket, versions = Arrivals(), new_id(), Versions()
    waiting = _waiting(arrivals, ticket, versions, patience=60)
    await eventually(lambda: versions.reads == 1)
    versions.version = 1
    arrivals.committed([ticket])
    await eventually(lambda: versions.reads == 2)
    versions.version = 2
    arrivals.committed([new_id(), ticket])
    assert await waiting == 2


async def test_a_commit_during_the_read_is_not_missed() -> None:
    arrivals, ticket, versions = Arrivals(), new_id(), Versions()

    async def read() -> int:
        found = await versions.read()
        if versions.reads == 1:
            versions.version = 2
            arrivals.committed([ticket])
        return found

    assert await arrivals.wait(ticket, read, lambda found: found >= 2, patience=60) == 2


async def test_patience_ends_with_what_is_there() -> None:
    arrivals, ticket, versions = Arrivals(), new_id(), Versions()
    versions.version = 1
    assert await _waiting(arrivals, ticket, versions, patience=0.02) == 1
    assert not arrivals._waiting
