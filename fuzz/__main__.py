"""`python -m fuzz`: a stack of its own, asked for what nobody thought of."""

import asyncio
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from faults import report
from faults.machine import SERVICES, Machine
from fuzz.running import SEED, Budget, Fuzzed, fuzz_all
from fuzz.things import make_things
from stack.places import LOCAL, Unready

Cases = Annotated[int, typer.Option(help="Cases per service, about")]


def main(cases: Cases = 2000) -> None:
    """Prints a table and writes `.local/fuzz.json`; ends with 1 when anything failed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that being told to end ends all of it
    with tempfile.TemporaryDirectory(prefix="stafett-fuzz-") as folder:
        machine = Machine(Path(folder), LOCAL / "fuzz/log")
        try:
            machine.start()
            found = asyncio.run(_fuzz(machine, cases))
        except Unready as why:
            raise SystemExit(str(why)) from None
        finally:
            machine.stop()
    _show(found)
    file = report.write("fuzz", {"seed": SEED, "services": [asdict(each) for each in found]})
    report.console.print(f"Written to {file}.")
    raise SystemExit(any(each.failures for each in found))


async def _fuzz(machine: Machine, cases: int) -> list[Fuzzed]:
    await machine.fresh()
    urls = {name: machine.url(name) for name in SERVICES}
    return await fuzz_all(urls, await make_things(urls), machine.logs, Budget(cases=cases), at_once=2)


def _show(found: list[Fuzzed]) -> None:
    table = Table(title="Fuzzing")
    for column in ("service", "cases", "accepted", "seconds", "failures"):
        table.add_column(column)
    for each in found:
        table.add_row(
            each.service, str(each.cases), str(each.accepted), f"{each.seconds:.0f}", str(len(each.failures))
        )
    report.console.print(table)
    for each in found:
        for failure in each.failures:
            report.console.print(f"{each.service}: {failure}", highlight=False, markup=False)


if __name__ == "__main__":
    typer.run(main)
