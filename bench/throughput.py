"""Intake's creates per second beside the floor's, taken in turn in one run: only the ratio travels."""

import asyncio
import sys

from bench.blast import Blast, blast
from bench.figures import Figure
from bench.target import Target
from faults.waiting import until
from stack.places import free_port, listening

ROUNDS = 3


async def against_floor(target: Target, database: str, seconds: float) -> list[Figure]:
    """`ROUNDS` rounds of `seconds` each for both; the best of each counts, as noise only ever slows."""
    port = free_port()
    floor = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.floor", str(port), database)
    try:

        async def serves() -> bool:
            return await asyncio.to_thread(listening, port)

        await until("the floor serves", serves, 20)
        intake, bare = [], []
        for _ in range(ROUNDS):
            bare.append(await blast(f"http://127.0.0.1:{port}/v1/tickets", seconds))
            intake.append(await blast(f"{target.intake}/v1/tickets", seconds))
    finally:
        floor.terminate()
        await floor.wait()
    best, most = max(intake, key=_rate), max(bare, key=_rate)
    refused = sum(one.refused for one in intake)
    return [
        Figure(
            "intake, 16 clients", len(best.answered), value=f"{best.rate:.0f} creates/s, {refused} refused"
        ),
        Figure.of("of which a create", best.answered),
        Figure("floor, 16 clients", len(most.answered), value=f"{most.rate:.0f} creates/s"),
        Figure("intake ÷ floor", ROUNDS, value=f"{best.rate / most.rate:.2f}" if most.rate else "no floor"),
    ]


def _rate(one: Blast) -> float:
    return one.rate
