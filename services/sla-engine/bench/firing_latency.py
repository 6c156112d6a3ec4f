"""How late a breach is committed, and how many timers fire in a burst: real PostgreSQL, no Kafka.

Run it as a program from the checkout. Due instants are spread, so that each fires alone; then all at once.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.people import SYSTEM
from shared.events.ticket import ContractTerms, TicketOpened
from shared.eventstore.database import Database, open_database
from shared.eventstore.migrate import migrate
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch
from shared.messaging.partitions import PARTITIONS, partition_of
from sla_engine.adapters import policies
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.contract_table import Contracts
from sla_engine.adapters.tzdata import pin
from sla_engine.agreements import Agreements
from sla_engine.consuming import Consuming
from sla_engine.domain.instants import SECOND
from sla_engine.domain.policy import Duration, Form, Policy
from sla_engine.firing import Firing
from sla_engine.schedule import Schedule
from sla_engine.timers import Timers
from stack.postgres import PostgresServer

SPREAD, BURST = 400, 5_000
GAP = timedelta(milliseconds=40)
LEAD = timedelta(seconds=3)


class Everything:
    """Every partition held, and every mark fresh."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._locks = [asyncio.Lock() for _ in range(PARTITIONS)]

    def partition_lock(self, partition: int) -> asyncio.Lock:
        return self._locks[partition]

    def held(self) -> frozenset[int]:
        return frozenset(range(PARTITIONS))

    async def caught_up_to(self, _source: str, _partition: int) -> datetime | None:
        return await self._database.now()


def single(policy: Policy) -> Policy:
    """`policy` with one deadline on P1: a response within a second."""
    (target,) = policy.by_priority["P4"]
    quick = msgspec.structs.replace(target, within=Duration(Form.SUPPORT_TIME, SECOND))
    return msgspec.structs.replace(policy, by_priority={"P1": (quick,)})


def opening(registered: datetime) -> Recorded:
    """A ticket of P1."""
    terms = ContractTerms(id="demo", policy="demo", timezone="Europe/Stockholm", locale="sv", lines=2)
    event = TicketOpened(
        number="2026-000001", customer="acme", contract=terms, type="incident", channel="api",
        registered_at=registered, by=SYSTEM, priority="P1",
    )  # fmt: skip
    return Recorded(
        id=new_id(), type="TicketOpened.v1", source="/intake", subject=new_id(), version=1, tenant="acme",
        time=registered, recorded_at=registered, correlation_id=new_id(), causation_id=None,
        traceparent=None, data=event,
    )  # fmt: skip


async def take(database: Database, consuming: Consuming, events: Sequence[Recorded]) -> float:
    """Handle `events` as batches of at most 500 per partition; the seconds that it took."""
    by_partition: dict[int, list[Recorded]] = {}
    for event in events:
        by_partition.setdefault(partition_of(event.subject), []).append(event)
    began = time.perf_counter()
    for partition, found in by_partition.items():
        for start in range(0, len(found), 500):
            async with database.transaction() as tx:
                batch = Batch(tx, partition, found[start : start + 500], live=True)
                await consuming.handle(batch)
            for callback in batch.committed:
                callback()
    return time.perf_counter() - began


async def until_all(database: Database, tickets: set[UUID]) -> None:
    """Wait until every ticket has been told its breach."""
    while True:
        async with database.working() as connection:
            count = await connection.fetchval(
                "SELECT count(*) FROM events WHERE type = 'DeadlineBreached.v1' AND stream_id = ANY($1)",
                list(tickets),
            )
        if count == len(tickets):
            return
        await asyncio.sleep(0.2)


async def lateness(database: Database, tickets: set[UUID]) -> list[float]:
    """Milliseconds from due to commit (`track_commit_timestamp`), in order."""
    async with database.working() as connection:
        rows = await connection.fetch(
            "SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - occurred_at) * 1000 AS late"
            " FROM events WHERE type = 'DeadlineBreached.v1' AND stream_id = ANY($1)",
            list(tickets),
        )
    return sorted(float(row["late"]) for row in rows)


async def measure(url: str, admin: str) -> None:
    """Print both figures."""
    await migrate(admin, "bench", ["sla_engine"])
    database = await open_database(url, "sla_engine", pool_size=12)
    store, schedule = PostgresEventStore(database, "/sla-engine"), Schedule()
    policy = single(policies.load_bundled()["demo"])
    agreements = Agreements({"demo": policy}, {}, pin())
    calendars, contracts = Calendars(database, agreements), Contracts(database, agreements)
    consuming = Consuming(store, agreements, calendars, contracts, schedule, lambda: None)
    timers = Timers(database, Everything(database), Firing(database, store), schedule, lambda: None)
    running = asyncio.create_task(timers.run())
    now = await database.now() + LEAD
    offsets = [n * GAP + timedelta(microseconds=n * 7919 % 20_000) for n in range(SPREAD)]
    spread = [opening(now + offset) for offset in offsets]
    await take(database, consuming, spread)
    spread_ids = {event.subject for event in spread}
    await until_all(database, spread_ids)
    late = await lateness(database, spread_ids)
    p99 = late[int(len(late) * 0.99)]
    print(f"due to committed, alone: p50 {statistics.median(late):.1f} ms, p99 {p99:.1f} ms, n {len(late)}")
    together = await database.now() + timedelta(seconds=10)
    burst = [opening(together) for _ in range(BURST)]
    taken = await take(database, consuming, burst)
    print(f"TicketOpened handled: {BURST / taken:,.0f}/s in batches")
    burst_ids = {event.subject for event in burst}
    await until_all(database, burst_ids)
    late = await lateness(database, burst_ids)
    print(f"burst of {BURST} at one instant: last committed after {late[-1]:.0f} ms,"
          f" {BURST / ((late[-1] - late[0]) / 1000):,.0f}/s")  # fmt: skip
    running.cancel()
    await database.close()


def main() -> None:
    """A PostgreSQL of its own, with commit timestamps."""
    with tempfile.TemporaryDirectory() as folder:
        server = PostgresServer(Path(folder) / "postgres")
        server.prepare()
        with (server.data / "postgresql.auto.conf").open("a") as file:
            file.write("track_commit_timestamp = on\n")
        with server:
            login = f"postgresql://sla_engine:bench@127.0.0.1:{server.port}/stafett"
            asyncio.run(measure(login, server.url))
        server.remove()


if __name__ == "__main__":
    main()
