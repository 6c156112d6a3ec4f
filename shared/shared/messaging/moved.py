"""What a consumer or a relay has got done, for the watchdog: a number that only ever grows."""

import asyncpg

_ANSWERS = (asyncpg.PostgresError, TimeoutError)


class Moved:
    """Shared by the parts that do the work; what counts is that it changes."""

    def __init__(self) -> None:
        self.count = 0

    def by(self, done: int) -> None:
        """So many records, rows or marks more."""
        self.count += done

    def refused(self, error: BaseException) -> None:
        """An attempt that the server refused, and that is made again, counts too.

        With no room, a standby, or a lock held elsewhere, a new process would be refused as well; only an
        attempt that never ends, or one that fails on this side (a broken pool), is for the watchdog.
        """
        if isinstance(error.__cause__ or error, _ANSWERS):
            self.count += 1
