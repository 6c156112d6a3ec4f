"""Escalation on a real database, without Kafka: batches go straight to the handler."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tests.escalation_facts import AGENT, TICKET

from escalation.domain.hands import Command
from escalation.domain.teams import UNNAMED, Teams
from escalation.firing import Firing
from escalation.handlers import Escalating
from escalation.moves import Asked, Moves
from shared.events.envelope import Recorded
from shared.eventstore.database import Database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch
from shared.testing.waiting import eventually


class Service:
    """`at` sets the database's clock by its offset, as tests and the harness do."""

    def __init__(self, database: Database, teams: Teams = UNNAMED) -> None:
        self.database = database
        self.store = PostgresEventStore(database, "/escalation")
        self.escalating = Escalating(self.store, self.woken, teams)
        self.moves = Moves(database, self.store, teams, self.woken)
        self.firing = Firing(database, self.store, teams)
        self.wakes = 0

    def woken(self) -> None:
        self.wakes += 1

    async def at(self, instant: datetime) -> None:
        self.database.offset += instant - await self.database.now()

    async def hear(self, *facts: Recorded, live: bool = True) -> None:
        async with self.database.transaction() as tx:
            batch = Batch(tx, 0, facts, live)
            await self.escalating.handle(batch)
        for callback in batch.committed:
            callback()

    async def act(self, command: Command, *, expected: int | None = None) -> list[Recorded]:
        return await self.moves.act(TICKET, command, Asked(expected=expected))

    async def acknowledge(self, alert_id: str) -> list[Recorded]:
        return await self.moves.acknowledge(UUID(alert_id), AGENT, Asked())

    async def said(self, ticket: UUID = TICKET, tenant: str = "*") -> Sequence[Recorded]:
        return await self.store.read(ticket, tenant)

    async def types(self) -> list[str]:
        return [event.type for event in await self.said()]

    async def forget_states(self) -> None:
        async with self.database.working() as connection:
            await connection.execute("DELETE FROM states")


async def blocked(service: Service, count: int) -> None:
    """Wait until that many sessions wait for a lock."""

    async def waiting() -> bool:
        async with service.database.working() as connection:
            found = await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(found >= count)

    await eventually(waiting)
