"""The table for people, and the same as JSON under `.local/`, with commit and date."""

import json
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from faults.run import Result
from stack.places import CHECKOUT, LOCAL

SHOWN = 5
console = Console()


def stamp() -> dict[str, str]:
    """Which code this was, and when."""
    told = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    return {
        "commit": told.stdout.strip() or "unknown",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def write(name: str, content: dict[str, Any]) -> Path:
    """Write `.local/<name>.json`; returns where."""
    LOCAL.mkdir(exist_ok=True)
    file = LOCAL / f"{name}.json"
    file.write_text(json.dumps(stamp() | content, indent=2, default=str) + "\n")
    return file


def show_scenarios(results: Sequence[Result]) -> None:
    """A row per scenario, then every violation that there is room for."""
    table = Table(title="Fault tests", show_lines=True)
    for column in ("scenario", "verdict", "seconds", "what was seen"):
        table.add_column(column)
    for result in results:
        seen = "\n".join(f"{name}: {value}" for name, value in result.notes.items())
        table.add_row(result.name, _verdict(result), f"{result.seconds:.0f}", seen)
    console.print(table)
    for result in results:
        for verdict in result.violated:
            console.print(
                f"[red]{result.name}: {verdict.rule}[/] ({len(verdict.violations)})", highlight=False
            )
            for violation in verdict.violations[:SHOWN]:
                console.print(f"  {violation}", highlight=False, markup=False)


def _verdict(result: Result) -> str:
    if result.broken:
        return f"[red]could not be played[/]: {result.broken}"
    if result.violated:
        return f"[red]{len(result.violated)} of {len(result.verdicts)} rules violated[/]"
    return f"[green]all {len(result.verdicts)} rules held[/]"


def scenarios_json(results: Sequence[Result]) -> dict[str, Any]:
    """The results with the first twenty violations of each rule."""
    return {
        "scenarios": [
            {
                "name": result.name,
                "held": result.held,
                "broken": result.broken,
                "seconds": round(result.seconds, 1),
                "notes": result.notes,
                "rules": {verdict.rule: len(verdict.violations) for verdict in result.verdicts},
                "violations": {verdict.rule: verdict.violations[:20] for verdict in result.violated},
            }
            for result in results
        ]
    }
