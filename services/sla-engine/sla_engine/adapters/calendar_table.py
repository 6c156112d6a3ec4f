"""Announced deviations at rest in PostgreSQL: one row per policy."""

import contextlib
from typing import TYPE_CHECKING

import msgspec

from shared.errors import Transient
from shared.eventstore.database import Database, Transaction
from sla_engine.adapters.timer_table import tell_others
from sla_engine.agreements import Agreements
from sla_engine.domain.days import Deviation

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

_decode = msgspec.json.Decoder(tuple[Deviation, ...]).decode


class Calendars:
    """Keeps this process's agreements at what the table says, whichever instance announced it."""

    def __init__(self, database: Database, agreements: Agreements) -> None:
        self._database = database
        self._agreements = agreements
        self._outdated = True

    async def hold(self, tx: Transaction) -> None:
        """Until the transaction ends nobody announces anything; what has been announced is known here.

        To be called before any state is locked: an announcement waits for calendars while it holds none.
        """
        found = await tx.connection.fetch("SELECT policy, version FROM calendars ORDER BY policy FOR SHARE")
        if missing := set(self._agreements.policies) - {row["policy"] for row in found}:
            await tx.connection.execute(
                "INSERT INTO calendars (policy) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING",
                sorted(missing),
            )
            found = await tx.connection.fetch(
                "SELECT policy, version FROM calendars ORDER BY policy FOR SHARE"
            )
        await self._learn(tx.connection, {row["policy"]: row["version"] for row in found})

    async def lock(self, tx: Transaction, policy: str) -> list[Deviation]:
        """The policy's deviations so far, which nobody else reads or adds to until the transaction ends."""
        await tx.connection.execute(
            "INSERT INTO calendars (policy) VALUES ($1) ON CONFLICT DO NOTHING", policy
        )
        announced = await tx.connection.fetchval(
            "SELECT announced FROM calendars WHERE policy = $1 FOR UPDATE", policy
        )
        return list(_decode(announced))

    async def put(self, tx: Transaction, policy: str, announced: list[Deviation]) -> None:
        """Set the policy's deviations, and tell every instance that there are new ones."""
        await tx.connection.execute(
            "UPDATE calendars SET version = $2, announced = $3::json WHERE policy = $1",
            policy,
            len(announced),
            msgspec.json.encode(announced).decode(),
        )
        await tell_others(tx)

    async def unswept(self) -> list[tuple[str, int]]:
        """The policies, with their version, whose running deadlines may not have been moved yet."""
        async with self._database.working() as connection:
            rows = await connection.fetch("SELECT policy, version FROM calendars WHERE swept < version")
        return [(row["policy"], row["version"]) for row in rows]

    async def swept(self, policy: str, version: int) -> None:
        """Every running deadline of the policy goes by this version."""
        async with self._database.transaction() as tx:
            await tx.connection.execute(
                "UPDATE calendars SET swept = greatest(swept, $2) WHERE policy = $1", policy, version
            )

    def outdated(self) -> None:
        """Something may have been announced elsewhere."""
        self._outdated = True

    async def look(self) -> None:
        """For answers: know what has been announced. Without the database, what was known has to do."""
        if not self._outdated:
            return
        with contextlib.suppress(Transient):
            self._outdated = False
            try:
                async with self._database.working() as connection:
                    found = await connection.fetch("SELECT policy, version FROM calendars")
                    await self._learn(connection, {row["policy"]: row["version"] for row in found})
            except BaseException:
                self._outdated = True
                raise

    async def _learn(self, connection: "Connection", versions: dict[str, int]) -> None:
        known = self._agreements.announced
        new = [policy for policy, version in versions.items() if known(policy) not in (None, version)]
        if new:
            rows = await connection.fetch(
                "SELECT policy, announced FROM calendars WHERE policy = ANY($1)", new
            )
            for row in rows:
                self._agreements.announce(row["policy"], _decode(row["announced"]))
