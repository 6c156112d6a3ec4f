"""Two readings of the contracts at once: what is known afterwards is the newer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from tests.engine_rig import agreements

from shared.eventstore.database import Database
from sla_engine.adapters.contract_table import Contracts


class Table:
    """The table, whose first answer is under way until the test lets it through."""

    def __init__(self) -> None:
        self.policy = "hubs"
        self.asked = asyncio.Event()
        self.let_through = asyncio.Event()

    @asynccontextmanager
    async def working(self) -> AsyncIterator["Table"]:
        yield self

    async def fetch(self, _: str) -> list[dict[str, Any]]:
        found = [{"contract": "guld", "policy": self.policy}]
        if not self.asked.is_set():
            self.asked.set()
            await self.let_through.wait()
        return found


async def test_an_older_answer_does_not_come_after_a_newer() -> None:
    table, known = Table(), agreements()
    contracts = Contracts(cast(Database, table), known)
    async with asyncio.timeout(10), asyncio.TaskGroup() as readings:
        readings.create_task(contracts.look())
        await table.asked.wait()
        table.policy = "timecare"
        contracts.outdated()
        newer = readings.create_task(contracts.look())
        # As far as it comes without the answer that is under way.
        for _ in range(100):
            await asyncio.sleep(0)
        table.let_through.set()
        await newer
    assert known.of_contract("guld").policy.name == "timecare"
