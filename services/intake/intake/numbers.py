"""Ticket numbers for people: `2026-000123`. In order within a process, not gap-free."""

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.eventstore.database import Database

BLOCK = 50


class TicketNumbers:
    """Takes blocks from a sequence, so that a busy intake asks the database once in fifty tickets."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._next = 0
        self._end = 0

    async def take(self) -> int:
        """The next number. Raises Transient when the database is away and the block is used up."""
        while self._next >= self._end:
            async with self._database.working() as connection:
                start: int = await connection.fetchval("SELECT nextval('ticket_numbers')")
            if start + BLOCK > self._end:
                self._next, self._end = start, start + BLOCK
        self._next += 1
        return self._next - 1


def written(number: int, moment: datetime, timezone: str) -> str:
    """The number with the year in which the ticket was registered, in the contract's zone."""
    return f"{moment.astimezone(ZoneInfo(timezone)).year}-{number:06d}"
