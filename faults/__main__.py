"""`python -m faults`: faults under load, and an independent judgement of what is left."""

import asyncio
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from faults import report
from faults.machine import Machine
from faults.run import Result, run
from faults.sabotage import play_all
from faults.scenarios import SCENARIOS
from stack.places import LOCAL, Unready

Only = Annotated[list[str] | None, typer.Option(help="Only these scenarios, or with --sabotage these bugs")]
Quick = Annotated[bool, typer.Option("--quick", help="Shorter outages and less load")]
Sabotage = Annotated[bool, typer.Option("--sabotage", help="Planted bugs, which the checker must catch")]


def main(only: Only = None, quick: Quick = False, sabotage: Sabotage = False) -> None:
    """Exit code 1 when a rule was violated, or a planted bug was not caught."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that being told to end ends all of it
    with tempfile.TemporaryDirectory(prefix="stafett-faults-") as folder:
        machine = Machine(Path(folder), LOCAL / ("sabotage" if sabotage else "faults") / "log")
        try:
            machine.start()
            if sabotage:
                good = asyncio.run(play_all(machine, only))
            else:
                good = asyncio.run(_scenarios(machine, only or list(SCENARIOS), quick=quick))
        except Unready as why:
            raise SystemExit(str(why)) from None
        finally:
            machine.stop()
    sys.exit(0 if good else 1)


async def _scenarios(machine: Machine, names: list[str], *, quick: bool) -> bool:
    if unknown := set(names) - SCENARIOS.keys():
        raise SystemExit(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    journals = LOCAL / "faults"
    journals.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for name in names:
        report.console.print(f"{name} …")
        results.append(await run(machine, name, quick=quick, journals=journals))
        report.write("faults", {"quick": quick} | report.scenarios_json(results))
    report.show_scenarios(results)
    report.console.print(f"Written to {LOCAL / 'faults.json'}; the clients' journals are in {journals}.")
    return all(result.held for result in results)


if __name__ == "__main__":
    typer.run(main)
