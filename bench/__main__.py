"""`python -m bench`: measures a stack of its own, or with `--attach` the one that runs."""

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.table import Table

from bench.breaches import due_to_breached
from bench.figures import Figure
from bench.latency import p1_on_kafka, post_to_read_model
from bench.target import Target
from bench.throughput import against_floor
from faults import report
from faults.machine import Machine
from stack.places import LOCAL, Unready
from stack.postgres import PostgresServer

Attach = Annotated[bool, typer.Option("--attach", help="Measure the stack of `make up`")]
Quick = Annotated[bool, typer.Option("--quick", help="Fewer observations, to see that it works")]


def main(attach: Attach = False, quick: Quick = False) -> None:
    """Prints a table and writes `.local/bench.json`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that being told to end ends all of it
    with tempfile.TemporaryDirectory(prefix="stafett-bench-") as folder:
        try:
            figures = _attached(Path(folder), quick) if attach else _own(Path(folder), quick)
        except Unready as why:
            raise SystemExit(str(why)) from None
    table = Table(title="Benchmark")
    for column in ("what", "count", "figure"):
        table.add_column(column)
    for figure in figures:
        table.add_row(figure.name, str(figure.count), figure.shown())
    report.console.print(table)
    file = report.write("bench", {"quick": quick, "figures": [asdict(figure) for figure in figures]})
    report.console.print(f"Written to {file}.")


def _own(folder: Path, quick: bool) -> list[Figure]:
    machine = Machine(folder, LOCAL / "bench/log")
    try:
        machine.start()
        began = time.perf_counter()
        asyncio.run(machine.fresh())
        ready = Figure("empty database → all services ready", 1, value=f"{time.perf_counter() - began:.1f} s")
        return [
            ready,
            *uvloop.run(_measure(Target.of(machine), machine.postgres.url, quick, _alone(machine))),
        ]
    finally:
        machine.stop()


def _attached(folder: Path, quick: bool) -> list[Figure]:
    """The floor gets a PostgreSQL of its own: the running one is not ours to make tables in."""
    postgres = PostgresServer(folder / "postgres")
    try:
        postgres.start()
        return uvloop.run(_measure(Target.attached(), postgres.url, quick, None))
    finally:
        postgres.stop()
        postgres.remove()


@contextmanager
def _alone(machine: Machine) -> Iterator[None]:
    """Everything but intake is frozen meanwhile."""
    others = [program for name, program in machine.programs.items() if name != "intake"]
    for program in others:
        program.freeze()
    try:
        yield
    finally:
        for program in others:
            program.thaw()


async def _measure(
    target: Target, floor_database: str, quick: bool, alone: AbstractContextManager[None] | None
) -> list[Figure]:
    count = 40 if quick else 200
    return [
        *await post_to_read_model(target, count),
        *await p1_on_kafka(target, count // 2),
        *await due_to_breached(target, count),
        *await against_floor(target, floor_database, 2.0 if quick else 5.0, alone),
    ]


if __name__ == "__main__":
    typer.run(main)
