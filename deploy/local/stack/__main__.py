"""`python -m stack up|down|clean|status`."""

import typer
from rich.table import Table

from stack import lifecycle
from stack.addresses import SERVICES, Addresses, program
from stack.console import console, refuse, step
from stack.jars import cached, jars, version
from stack.places import Unready
from stack.prerequisites import java, postgres_binaries, printing
from stack.probes import readiness
from stack.supervision import Supervisor

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The local stack of this checkout.")


@app.command()
def up() -> None:
    """Start everything and wait until it is ready."""
    lifecycle.up()


@app.command()
def down() -> None:
    """Stop everything."""
    lifecycle.down()


@app.command()
def clean() -> None:
    """Stop everything and remove its state."""
    lifecycle.clean()


@app.command()
def prerequisites() -> None:
    """See to it that PostgreSQL's binaries, Java, Kafka's jars and what prints are here, for the tests."""
    postgres_binaries()
    java()
    if missing := printing():
        raise Unready(missing)
    if not cached():
        with step(f"Fetching Apache Kafka {version()} (once, 54 MB)"):
            jars()


@app.command()
def status() -> None:
    """Each process, its state, and what it says of itself; exits with 1 unless all run and are ready."""
    supervisor, at = Supervisor(), Addresses.from_environment()
    if supervisor.running() is None:
        console.print("Nothing is running: `make up` starts it.")
        raise typer.Exit(1)
    words = {program(name): name for name in SERVICES}
    table = Table("process", "state", "pid", "readiness", box=None)
    well = True
    for process in supervisor.processes():
        name = process["name"]
        said = readiness(at, words[name]) if name in words else ""
        well = well and process["statename"] == "RUNNING" and said in ("", "ready")
        table.add_row(name, process["statename"].lower(), str(process["pid"] or ""), said)
    console.print(table)
    if not well:
        raise typer.Exit(1)


if __name__ == "__main__":
    try:
        app()
    except Unready as reason:
        refuse(str(reason))
        raise SystemExit(1) from None
