"""The faults: each is done to a running system under load."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from faults.evidence import Outage
from faults.journal import clock
from faults.load import Load
from faults.machine import SERVICES, Machine
from faults.subscriber import Subscriber
from faults.waiting import until


@dataclass
class Stage:
    """What a scenario works with; `notes` are its own measurements, for the report."""

    machine: Machine
    load: Load
    quick: bool
    outages: list[Outage] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    subscriber: Subscriber | None = None

    @asynccontextmanager
    async def outage(self, what: str) -> AsyncIterator[None]:
        """Notes how long `what` was away."""
        began = clock()
        try:
            yield
        finally:
            self.outages.append(Outage(what, began, clock()))


Scenario = Callable[[Stage], Awaitable[None]]


async def calm(stage: Stage) -> None:
    """Nothing goes wrong: the ground that the others stand on."""
    await stage.load.acknowledges(200 if stage.quick else 1000)


async def kafka_away(stage: Stage) -> None:
    """Kafka is stopped for minutes; intake answers as ever, and nobody is told of a breach that was none."""
    await stage.load.acknowledges(200)
    seconds = 20.0 if stage.quick else 120.0
    async with stage.outage("kafka"):
        await asyncio.to_thread(stage.machine.kafka.stop)
        await stage.load.lasts(seconds)
        await asyncio.to_thread(stage.machine.kafka.start)
    stage.notes["kafka away"] = f"{seconds:.0f} s"
    await stage.load.acknowledges(200)


async def kill_each(stage: Stage) -> None:
    """kill -9 on each service in turn; it is started again, and goes on where it was."""
    for name in SERVICES:
        await stage.load.acknowledges(100 if stage.quick else 250)
        async with stage.outage(name):
            stage.machine.programs[name].kill()
            stage.notes[f"{name} back"] = f"{await _back(stage.machine, name):.1f} s"
    await stage.load.acknowledges(100)


async def postgres_restart(stage: Stage) -> None:
    """PostgreSQL goes down and comes back; meanwhile clients get 503 with Retry-After, then all goes on."""
    await stage.load.acknowledges(200)
    async with stage.outage("postgres"):
        await asyncio.to_thread(stage.machine.postgres.stop)
        await stage.load.lasts(4.0)
        await asyncio.to_thread(stage.machine.postgres.start)
    stage.notes["first write after"] = f"{await stage.load.acknowledges(1):.1f} s"
    await stage.load.acknowledges(200)


async def kafka_killed(stage: Stage) -> None:
    """The broker dies of SIGKILL and recovers its log."""
    await stage.load.acknowledges(200)
    async with stage.outage("kafka"):
        await asyncio.to_thread(stage.machine.kafka.kill)
        await asyncio.to_thread(stage.machine.kafka.start)
    stage.notes["kafka back"] = f"{(stage.outages[-1].ended - stage.outages[-1].began).total_seconds():.1f} s"
    await stage.load.acknowledges(300)


async def late_consumer(stage: Stage) -> None:
    """A subscriber begins in the middle, from the feeds; and the read model is made anew while in use."""
    await stage.load.acknowledges(400)
    stage.subscriber = await asyncio.to_thread(Subscriber, stage.machine)
    stage.notes["folded from feeds"] = f"{await stage.subscriber.fold()} events"
    began = clock()
    await stage.machine.once("projections", "rebuild")
    stage.notes["read model rebuilt in"] = f"{(clock() - began).total_seconds():.1f} s"
    await stage.load.acknowledges(300)


async def frozen(stage: Stage) -> None:
    """An engine is frozen past its session while a second one takes over; it wakes, and disturbs nothing."""
    await stage.machine.second("sla_engine")
    await stage.load.acknowledges(200)
    async with stage.outage("sla_engine"):
        stage.machine.programs["sla_engine"].freeze()
        await stage.load.lasts(14.0)
        stage.machine.programs["sla_engine"].thaw()
    async with stage.outage("projections"):
        stage.machine.programs["projections"].freeze()
        await stage.load.lasts(12.0)
        stage.machine.programs["projections"].thaw()
    await stage.load.acknowledges(200)


SCENARIOS: dict[str, Scenario] = {
    "calm": calm,
    "kafka-away": kafka_away,
    "kill-9": kill_each,
    "postgres-restart": postgres_restart,
    "kafka-kill-9": kafka_killed,
    "late-consumer": late_consumer,
    "frozen-service": frozen,
}


async def _back(machine: Machine, name: str) -> float:
    """Seconds until a killed service is ready again."""
    began = clock()
    async with httpx2.AsyncClient(timeout=1, trust_env=False) as http:

        async def restarted() -> bool:
            if not machine.programs[name].exits or machine.programs[name].exits[-1].at < began:
                return False
            try:
                return (await http.get(f"{machine.url(name)}/readyz")).status_code == 200
            except httpx2.HTTPError:
                return False

        return await until(f"{name} is back", restarted, 60)
