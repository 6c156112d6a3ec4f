"""Who is alive: an instance holds an advisory lock on a connection of its own, and loses it when it dies.

PostgreSQL frees the lock as soon as the process is gone, so what it was sending can be taken over at once;
a process that is only paused keeps it.
"""

import asyncio
import secrets
from typing import Final

import asyncpg
import structlog

from shared.errors import Transient
from shared.eventstore.database import Database

log = structlog.get_logger()

_KIND: Final = 730_451
_CHECK_EVERY: Final = 5.0

ALIVE: Final = f"""EXISTS (
  SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND d.datname = current_database()
  WHERE locktype = 'advisory' AND classid = {_KIND} AND objid = ({{}})::oid AND objsubid = 2 AND granted)"""
"""SQL: whether the instance numbered by the expression is alive."""


class Presence:
    """This instance's number and its lock. `held` is set while the lock is surely held."""

    def __init__(self, database: Database) -> None:
        self.instance: int = secrets.randbelow(2**31 - 1) + 1
        self.held = asyncio.Event()
        self._database = database

    async def run(self) -> None:
        """Hold the lock until cancelled; take it again on a new connection when the old one breaks."""
        while True:
            try:
                async with self._database.working() as connection:
                    try:
                        await connection.execute("SELECT pg_advisory_lock($1, $2)", _KIND, self.instance)
                        self.held.set()
                        while True:
                            await asyncio.sleep(_CHECK_EVERY)
                            await connection.fetchval("SELECT 1")
                    finally:
                        # The lock belongs to the session: back in the pool it would be held by nobody.
                        connection.terminate()
            except (Transient, asyncpg.PostgresError) as error:
                log.warning("presence-interrupted", reason=type(error).__name__)
            finally:
                self.held.clear()
            await asyncio.sleep(0.5)
