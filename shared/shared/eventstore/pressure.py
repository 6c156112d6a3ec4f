"""Back-pressure: while too much waits for Kafka, new writes are refused rather than the disk filled."""

import asyncio

from shared.errors import Transient
from shared.eventstore.database import Database

EVERY = 1.0
"""Seconds between looks at the outbox."""


class Pressure:
    """Looks at the outbox now and then; `refuse` costs nothing."""

    def __init__(self, database: Database, most: int) -> None:
        self._database = database
        self._most = most
        self.waiting = 0

    def refuse(self) -> None:
        """Raises Transient while more than `most` events wait to be published."""
        if self.waiting > self._most:
            detail = "Too many events wait to be published; nothing was stored. Try again in a minute."
            raise Transient("outbox-full", detail)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                async with self._database.working() as connection:
                    self.waiting = await connection.fetchval(
                        "SELECT count(*) FROM (SELECT FROM outbox LIMIT $1) AS bounded", self._most + 1
                    )
            except Transient:
                pass  # the commands themselves will say so
            await asyncio.sleep(EVERY)
