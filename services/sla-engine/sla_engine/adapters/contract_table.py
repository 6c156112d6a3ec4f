"""Which policy each contract goes by, at rest in PostgreSQL: learned from intake's directory."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import structlog
from prometheus_client import Gauge

from shared.errors import Transient
from shared.events.directory import ContractAmended, ContractDrawnUp
from shared.events.envelope import Recorded
from shared.eventstore.database import Database, Transaction
from sla_engine.adapters.timer_table import tell_others
from sla_engine.agreements import Agreements

log = structlog.get_logger()

_UNGOVERNED = Gauge(
    "sla_contracts_without_policy", "Contracts whose policy is not run here: their tickets are parked."
)

# Batches of one contract come in its order; the version guards against an instance that woke up late.
_LEARN = """
INSERT INTO contracts (contract, policy, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[])
ON CONFLICT (contract) DO UPDATE SET policy = EXCLUDED.policy, version = EXCLUDED.version
WHERE contracts.version < EXCLUDED.version
"""


class Contracts:
    """Keeps this process's agreements at what the table says, whichever instance heard it."""

    def __init__(self, database: Database, agreements: Agreements) -> None:
        self._database = database
        self._agreements = agreements
        self._outdated = True
        self._stir = asyncio.Event()
        self._stir.set()
        self._reported: dict[str, str] = {}
        self._reading = asyncio.Lock()

    async def learn(self, tx: Transaction, events: Sequence[Recorded]) -> bool:
        """Set the policies of what has been drawn up or amended, and tell every instance.

        Other events are passed over. Whether there was anything to learn.
        """
        newest: dict[str, tuple[str, int]] = {}
        for event in events:
            if isinstance(event.data, ContractDrawnUp | ContractAmended):
                newest[event.data.contract.id] = (event.data.contract.policy, event.version)
        if newest:
            await tx.connection.execute(
                _LEARN,
                list(newest),
                [policy for policy, _ in newest.values()],
                [version for _, version in newest.values()],
            )
            await tell_others(tx)
        return bool(newest)

    def outdated(self) -> None:
        """Something may have been learned."""
        self._outdated = True
        self._stir.set()

    async def look(self) -> None:
        """For answers: know what has been learned. Without the database, what was known has to do."""
        if self._outdated:
            with contextlib.suppress(Transient):
                await self.read()

    async def look_for(self, *contracts: str) -> None:
        """`look`, and for a contract that is unknown here look again, whatever has been heard."""
        await self.look()
        if not set(contracts) <= set(self._agreements.contracts):
            with contextlib.suppress(Transient):
                await self.read()

    async def run(self) -> None:
        """Look for ever: a contract without a policy is told of when it comes, not when it is asked for."""
        while True:
            await self._stir.wait()
            self._stir.clear()
            try:
                await self.read()
            except Transient:
                await asyncio.sleep(1)
                self._stir.set()

    async def read(self) -> None:
        """Know the whole table. Raises Transient.

        One reading at a time: what an older one found must not come after what a newer one found.
        """
        async with self._reading:
            self._outdated = False
            try:
                async with self._database.working() as connection:
                    rows = await connection.fetch("SELECT contract, policy FROM contracts")
            except BaseException:
                self._outdated = True
                raise
            for row in rows:
                self._agreements.agree(row["contract"], row["policy"])
            self._report(self._agreements.without_policy)

    def _report(self, ungoverned: Mapping[str, str]) -> None:
        """Loudly, once for each: what is asked about such a contract cannot be answered."""
        _UNGOVERNED.set(len(ungoverned))
        for contract, policy in ungoverned.items():
            if self._reported.get(contract) != policy:
                log.error("contract-without-policy", contract=contract, policy=policy)
        self._reported = dict(ungoverned)
