"""When each partition has to be looked at next: in memory, so that the database is not asked meanwhile."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta


class DatabaseClock:
    """The database's time between two answers of it, by counting on with the monotonic clock."""

    def __init__(self) -> None:
        self._read: tuple[datetime, float] | None = None

    def set(self, now: datetime) -> None:
        """The database has just said that it is `now`."""
        self._read = now, asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """About what the database would say; `set` must have been called."""
        assert self._read is not None
        now, at = self._read
        return now + timedelta(seconds=asyncio.get_running_loop().time() - at)


class Schedule:
    """The next wake instant per partition. `changed` is set when one came that nobody has seen yet."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self._next: dict[int, datetime] = {}

    def expect(self, partition: int, at: datetime) -> None:
        """Look at the partition at `at` at the latest."""
        known = self._next.get(partition)
        if known is None or at < known:
            self._next[partition] = at
            self.changed.set()

    def put(self, partition: int, at: datetime | None) -> None:
        """What the database holds for the partition; None is nothing at all."""
        self._next.pop(partition, None)
        if at is not None:
            self.expect(partition, at)

    def merge(self, instants: Mapping[int, datetime | None]) -> None:
        """What the database holds for all held partitions; others are forgotten.

        A commit may have been faster than the reading, so an earlier instant stays: looking is harmless.
        """
        self._next = {partition: at for partition, at in self._next.items() if partition in instants}
        for partition, at in instants.items():
            if at is not None:
                self.expect(partition, at)

    def due(self, now: datetime, busy: Iterable[int]) -> list[int]:
        """The partitions whose instant has come, save those in hand."""
        return [p for p, at in self._next.items() if at <= now and p not in busy]

    def earliest(self, busy: Iterable[int]) -> datetime | None:
        """The next instant of all partitions that are not in hand."""
        return min((at for p, at in self._next.items() if p not in busy), default=None)
