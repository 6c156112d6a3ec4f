"""`python -m clocks`: a hundred thousand lives' clocks against one wound by hand, and the planted bugs."""

import secrets
import sys
import time
from typing import Annotated

import typer
from rich.table import Table

from clocks.mutants import Caught, try_all
from clocks.running import Outcome, run_all
from faults import report
from sla_engine.adapters.tzdata import pin

Lives = Annotated[int, typer.Option(help="How many")]
Workers = Annotated[int, typer.Option(help="By how many processes at once")]
Seed = Annotated[int | None, typer.Option(help="Of the first process; each next has the next number")]
MUTANT_LIVES = 10_000


def main(lives: Lives = 100_000, workers: Workers = 2, seed: Seed = None) -> None:
    """Exit code 1 when the two differ, when a day was missed, or when a planted bug was not caught."""
    first = secrets.randbelow(2**31) if seed is None else seed
    began = time.monotonic()
    outcome = run_all(first, lives, workers)
    seconds = time.monotonic() - began
    pin()
    caught = list(try_all(first, min(lives, MUTANT_LIVES)))
    missed = {name: [str(day) for day in days] for name, days in outcome.missed().items() if days}
    held = not outcome.differing and not missed and all(each.after for each in caught)
    _show(outcome, caught, missed, seconds)
    file = report.write(
        "clocks",
        {
            "lives": outcome.lives, "seed": first, "workers": workers, "seconds": round(seconds, 1),
            "held": held, "differing": outcome.differing, "differences": outcome.differences,
            "compared": outcome.compared, "days_crossed": {n: len(d) for n, d in outcome.crossed.items()},
            "days_missed": missed,
            "planted_bugs": [{"bug": e.bug, "caught_after": e.after, "told": e.told} for e in caught],
        },
    )  # fmt: skip
    report.console.print("All held." if held else "[red]Not all held.[/]")
    report.console.print(
        f"Written to {file}; again: python -m clocks --lives {lives} --workers {workers} --seed {first}"
    )
    sys.exit(0 if held else 1)


def _show(outcome: Outcome, caught: list[Caught], missed: dict[str, list[str]], seconds: float) -> None:
    table = Table(title=f"{outcome.lives} lives in {seconds:.0f} s, {outcome.differing} differ")
    table.add_column("after")
    table.add_column("deadlines compared", justify="right")
    for act, count in sorted(outcome.compared.items()):
        table.add_row(act, str(count))
    report.console.print(table)
    for told in outcome.differences:
        report.console.print(told, markup=False, highlight=False, soft_wrap=True)
    for name, days in missed.items():
        report.console.print(f"[red]{name}: no life crossed[/] {', '.join(days)}", highlight=False)
    planted = Table(title="Planted bugs")
    planted.add_column("bug")
    planted.add_column("caught after lives", justify="right")
    for each in caught:
        planted.add_row(each.bug, "[red]never[/]" if each.after is None else str(each.after))
    report.console.print(planted)


if __name__ == "__main__":
    typer.run(main)
