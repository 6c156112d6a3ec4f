"""`python -m sla_engine.policy`: check policy files, or print their schema, with nothing running."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sla_engine.adapters.tzdata import pin
from sla_engine.domain.policy import Policy
from sla_engine.policy.checking import check
from sla_engine.policy.reading import LARGEST
from sla_engine.policy.schema import text
from sla_engine.policy.summary import handling, opening, targets

app = typer.Typer(help="Policy files: the terms of support contracts.", no_args_is_help=True)
Files = Annotated[list[Path], typer.Argument(help="Policy files", show_default=False)]
console = Console(soft_wrap=True, highlight=False)


@app.command("check")
def check_(files: Files) -> None:
    """Every fault with its line and column, or what the policy says. Exit code 1 when a file is faulty."""
    pin()
    sound = [_told(file) for file in files]
    raise typer.Exit(0 if all(sound) else 1)


@app.command()
def schema() -> None:
    """The JSON Schema of a policy file."""
    print(text(), end="")


def _told(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            found = check(opened.read(LARGEST + 1))
    except OSError as why:
        console.print(f"{file}: cannot be read: {why.strerror}", markup=False)
        return False
    for fault in found.faults:
        instead = f"\n    {fault.instead}" if fault.instead else ""
        told = f"{file}:{fault.place.line}:{fault.place.column}: {fault.what}{instead}"
        console.print(told, markup=False)
    if found.policy is not None:
        _show(file, found.policy)
    return found.policy is not None


def _show(file: Path, policy: Policy) -> None:
    console.print(f"{file}: {policy.name}, version {policy.version}: sound", markup=False)
    for line in (*opening(policy.calendar), *handling(policy)):
        console.print(f"  {line}", markup=False)
    console.print(targets(policy))


if __name__ == "__main__":
    app()
