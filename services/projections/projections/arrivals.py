"""Readers who wait for a ticket's next version, woken by the commit that brings it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from shared.events.ids import made_within
from shared.runtime.consistency import YOUNG

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds that a read waits at most."""

_ELSEWHERE = 0.25
"""Seconds after which a waiting reader looks again unasked: another instance may have committed."""


def is_believed(ticket: UUID, found: object | None) -> bool:
    """Whether what was found of `ticket` may be answered: of an id just made, nothing may be too soon."""
    # An id carries the clock of the process that made it, not the database's.
    return found is not None or not made_within(ticket, YOUNG, datetime.now(UTC))


class Arrivals:
    """Who waits for which ticket, in this process."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, set[asyncio.Event]] = {}

    def committed(self, tickets: Iterable[UUID]) -> None:
        """Wake the readers of `tickets`; called after each batch's commit."""
        for ticket in tickets:
            for arrived in self._waiting.get(ticket, ()):
                arrived.set()

    async def wait(
        self,
        ticket: UUID,
        read: Callable[[], Awaitable[T]],
        enough: Callable[[T], bool],
        patience: float,
    ) -> T:
        """What `read` finds once it is `enough`, or what it finds last when `patience` (seconds) is out."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        with self._expecting(ticket) as arrived:
            while True:
                arrived.clear()
                found = await read()
                left = end - loop.time()
                if enough(found) or left <= 0:
                    return found
                try:
                    async with asyncio.timeout(min(left, _ELSEWHERE)):
                        await arrived.wait()
                except TimeoutError:
                    continue

    @contextmanager
    def _expecting(self, ticket: UUID) -> Iterator[asyncio.Event]:
        arrived = asyncio.Event()
        waiting = self._waiting.setdefault(ticket, set())
        waiting.add(arrived)
        try:
            yield arrived
        finally:
            waiting.discard(arrived)
            if not waiting:
                del self._waiting[ticket]
