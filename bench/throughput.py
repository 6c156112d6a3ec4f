"""Intake's creates per second beside the floor's, taken in turn in one run: only the ratio travels."""

import asyncio
import sys
from contextlib import AbstractContextManager

from bench.blast import Blast, blast
from bench.figures import Figure
from bench.target import Target
from faults.waiting import until
from stack.places import free_port, listening

ROUNDS = 3


async def against_floor(
    target: Target, database: str, seconds: float, alone: AbstractContextManager[None] | None
) -> list[Figure]:
    """`ROUNDS` rounds of `seconds` each; the best of each counts, as noise only ever slows.

    `alone`: stills the services that follow intake, so that it has the machine as the floor has it.
    """
    port = free_port()
    floor = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.floor", str(port), database)
    bare, intake, whole = [], [], []
    try:

        async def serves() -> bool:
            return await asyncio.to_thread(listening, port)

        await until("the floor serves", serves, 20)
        if alone is not None:
            with alone:
                for _ in range(ROUNDS):
                    bare.append(await blast(f"http://127.0.0.1:{port}/v1/tickets", seconds))
                    intake.append(await blast(f"{target.intake}/v1/tickets", seconds))
        for _ in range(ROUNDS):
            whole.append(await blast(f"{target.intake}/v1/tickets", seconds))
    finally:
        floor.terminate()
        await floor.wait()
    figures = []
    if intake:
        best, most = max(intake, key=_rate), max(bare, key=_rate)
        figures = [
            _rates("floor, 16 clients", most),
            _rates("intake alone, 16 clients", best),
            Figure.of("of which a create", best.answered),
            Figure("intake alone ÷ floor", ROUNDS, value=f"{best.rate / most.rate:.2f}"),
        ]
    everything = max(whole, key=_rate)
    return [
        *figures,
        _rates("intake with everything running, 16 clients", everything),
        Figure.of("of which a create", everything.answered),
    ]


def _rates(name: str, one: Blast) -> Figure:
    return Figure(name, len(one.answered), value=f"{one.rate:.0f} creates/s, {one.refused} refused")


def _rate(one: Blast) -> float:
    return one.rate
