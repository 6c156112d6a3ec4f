"""Progress marks as a consumer keeps them: stored once the data before them has been processed."""

from collections.abc import Callable
from datetime import datetime

from shared.eventstore.database import Database
from shared.messaging.marks import Mark

KEPT = 120
"""Marks that wait per source and partition, at one a second; of more, the newer ones win."""

# Marks come every second: one that is lost in a crash is soon followed by another.
_STORE = """
WITH asynchronous AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO progress_marks AS m (source, partition, through, next_offset)
SELECT i.* FROM asynchronous, unnest($1::text[], $2::int[], $3::timestamptz[], $4::bigint[]) AS i
ON CONFLICT (source, partition) DO UPDATE
SET through = excluded.through, next_offset = excluded.next_offset WHERE excluded.through > m.through
"""

Processed = Callable[[str, int], int | None]


class Progress:
    """Marks that have come, until they hold here too."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: dict[tuple[str, int], list[Mark]] = {}

    def note(self, mark: Mark) -> None:
        """`mark` has come; whether it holds depends on what has been processed."""
        waiting = self._waiting.setdefault((mark.source, mark.partition), [])
        waiting.append(mark)
        del waiting[:-KEPT]

    async def store(self, processed: Processed) -> None:
        """Store the newest mark of each partition whose data is in.

        `processed(topic, partition)` is the next offset to process, None while the partition is not ours.
        """
        reached: list[Mark] = []
        for waiting in self._waiting.values():
            if not waiting:
                continue
            upto = processed(waiting[-1].topic, waiting[-1].partition)
            holding = [mark for mark in waiting if upto is not None and mark.next_offset <= upto]
            if holding:
                reached.append(max(holding, key=lambda mark: mark.through))
                waiting[:] = [mark for mark in waiting if mark not in holding]
        if reached:
            async with self._database.working() as connection:
                await connection.execute(
                    _STORE,
                    [mark.source for mark in reached],
                    [mark.partition for mark in reached],
                    [mark.through for mark in reached],
                    [mark.next_offset for mark in reached],
                )

    async def through(self, source: str, partition: int) -> datetime | None:
        """The newest instant up to which all of `source` on that partition has been processed here."""
        async with self._database.working() as connection:
            found: datetime | None = await connection.fetchval(
                "SELECT through FROM progress_marks WHERE source = $1 AND partition = $2", source, partition
            )
        return found

    async def oldest(self) -> datetime | None:
        """The oldest of all stored marks."""
        async with self._database.working() as connection:
            found: datetime | None = await connection.fetchval("SELECT min(through) FROM progress_marks")
        return found
