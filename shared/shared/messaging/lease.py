"""Who may relay: one row per shard with an owner, an epoch that grows with each owner, and an expiry.

The database's clock decides what has expired. A lease does not fence a relay that was paused and woke up:
it stops itself as soon as it sees that its time ran out, its deletes are guarded by the epoch, and what it
may still have sent is dropped by consumers.
"""

import asyncio
import time
from uuid import UUID, uuid4

from shared.eventstore.database import Database

SHARD = "outbox"

_ACQUIRE = """
INSERT INTO relay_lease AS lease (shard, owner, epoch, expires_at)
VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (shard) DO UPDATE
SET owner = excluded.owner, epoch = lease.epoch + 1, expires_at = excluded.expires_at
WHERE lease.expires_at < clock_timestamp() OR lease.owner = excluded.owner
RETURNING epoch, republish
"""
_RENEW = """
UPDATE relay_lease SET expires_at = clock_timestamp() + make_interval(secs => $3)
WHERE shard = $1 AND owner = $2 AND epoch = $4 RETURNING republish
"""
_RELEASE = "UPDATE relay_lease SET expires_at = '-infinity' WHERE shard = $1 AND owner = $2 AND epoch = $3"

ASK_REPUBLISH = "UPDATE relay_lease SET republish = true"
_REPUBLISHED = "UPDATE relay_lease SET republish = false WHERE shard = $1 AND owner = $2 AND epoch = $3"


class LeaseLost(Exception):
    """Another relay has taken over, or may have."""


class Lease:
    """The lease of one relay; `seconds` is how long the others wait after its death."""

    def __init__(self, database: Database, seconds: float = 3.0) -> None:
        self.owner: UUID = uuid4()
        self.epoch = 0
        self.seconds = seconds
        self._database = database
        self.republish = False
        """Whether an operator wants all history published again; stays so until `republished`."""
        self._good_until = 0.0
        # Else a renewal that read the wish before it was fulfilled could bring it back.
        self._turns = asyncio.Lock()

    @property
    def holds(self) -> bool:
        """Whether the lease is surely ours still; reckoned from before the last renewal was asked for."""
        return time.monotonic() < self._good_until

    def check(self) -> None:
        """Raises LeaseLost unless the lease is surely ours."""
        if not self.holds:
            raise LeaseLost

    async def acquire(self) -> bool:
        """Take the lease if it is free or expired."""
        asked = time.monotonic()
        async with self._database.working() as connection:
            row = await connection.fetchrow(_ACQUIRE, SHARD, self.owner, self.seconds)
        if row is None:
            return False
        self.epoch, self.republish = row
        self._good_until = asked + self.seconds * 0.8
        return True

    async def renew(self) -> None:
        """Hold it for another `seconds`. Raises LeaseLost when it is another's."""
        async with self._turns, self._database.working() as connection:
            asked = time.monotonic()
            wanted = await connection.fetchval(_RENEW, SHARD, self.owner, self.seconds, self.epoch)
            if wanted is None:
                self._good_until = 0.0
                raise LeaseLost
            self.republish = wanted
            self._good_until = asked + self.seconds * 0.8

    async def republished(self) -> None:
        """All history is out again. Should the lease be another's by now, it does it once more."""
        async with self._turns, self._database.working() as connection:
            await connection.execute(_REPUBLISHED, SHARD, self.owner, self.epoch)
            self.republish = False

    async def release(self) -> None:
        """Let the next one take over at once."""
        self._good_until = 0.0
        async with self._database.working() as connection:
            await connection.execute(_RELEASE, SHARD, self.owner, self.epoch)
