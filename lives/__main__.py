"""`python -m lives`: thousands of random lives by several processes against one system of its own."""

import asyncio
import json
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from faults import report
from faults.machine import SERVICES, Machine
from stack.places import LOCAL, Unready

TELLS_EVERY = 15.0
Lives = Annotated[int, typer.Option(help="How many")]
Workers = Annotated[int, typer.Option(help="By how many processes at once")]
Seed = Annotated[int | None, typer.Option(help="Of the first worker; each next has the next number")]


@dataclass
class Worker:
    """One process: what it was asked, and the last that it told."""

    seed: int
    lives: int
    told: dict[str, Any] = field(
        default_factory=lambda: {"lives": 0, "events": 0, "answers": {}, "failed": [], "error": ""}
    )
    ended: int | None = None

    @property
    def held(self) -> bool:
        """Whether every life that it was asked for was legal, and seen alike everywhere."""
        return self.ended == 0 and not self.told["error"] and self.told["lives"] >= self.lives

    async def run(self, urls: dict[str, str], log: Path) -> None:
        """Until it ends."""
        asked = json.dumps({"urls": urls, "lives": self.lives, "seed": self.seed})
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "lives.worker", asked,
                stdout=asyncio.subprocess.PIPE, stderr=errors, limit=2**24,
            )  # fmt: skip
            try:
                assert process.stdout is not None
                async for line in process.stdout:
                    self.told = json.loads(line)
                self.ended = await process.wait()
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()


def main(lives: Lives = 5000, workers: Workers = 8, seed: Seed = None) -> None:
    """Exit code 1 when a life was not legal, or not seen alike everywhere."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    first = secrets.randbelow(2**31) if seed is None else seed
    share = [lives // workers + (number < lives % workers) for number in range(workers)]
    asked = [Worker(first + number, count) for number, count in enumerate(share) if count]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="stafett-lives-") as folder:
        machine = Machine(Path(folder), LOCAL / "lives" / "log")
        try:
            machine.start()
            asyncio.run(_live(machine, asked))
            ended = machine.unplanned()
        except Unready as why:
            raise SystemExit(str(why)) from None
        finally:
            machine.stop()
    held = all(worker.held for worker in asked) and not ended
    _show(asked, time.monotonic() - began, ended)
    sys.exit(0 if held else 1)


async def _live(machine: Machine, workers: list[Worker]) -> None:
    await machine.fresh()
    urls = {name: machine.url(name) for name in SERVICES}
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        running = [
            group.create_task(worker.run(urls, machine.logs / f"lives-{worker.seed}.log"))
            for worker in workers
        ]
        while (await asyncio.wait(running, timeout=TELLS_EVERY))[1]:
            lived = sum(worker.told["lives"] for worker in workers)
            rate = lived / (time.monotonic() - began)
            report.console.print(f"{lived} lives, {rate:.1f}/s", highlight=False)


def _show(workers: list[Worker], seconds: float, ended: list[str]) -> None:
    lived, events = (sum(worker.told[name] for worker in workers) for name in ("lives", "events"))
    answers: Counter[str] = sum((Counter(worker.told["answers"]) for worker in workers), Counter())
    by_act: dict[str, Counter[str]] = {}
    for told, count in answers.items():
        act, status = told.rsplit(" ", 1)
        by_act.setdefault(act, Counter())[status] += count
    statuses = sorted({status for counts in by_act.values() for status in counts})
    table = Table(title=f"{lived} lives in {seconds:.0f} s; {events} events judged")
    for column in ("act", *statuses):
        table.add_column(column, justify="left" if column == "act" else "right")
    for act, counts in sorted(by_act.items()):
        table.add_row(act, *(str(counts[status] or "") for status in statuses))
    report.console.print(table)
    failed = [worker for worker in workers if not worker.held]
    for worker in failed:
        report.console.print(f"[red]Seed {worker.seed}[/]: {worker.told['error'][:500]}", highlight=False)
        for steps, why in worker.told["failed"]:
            told = "\n".join(["  " + step for step in steps] + [f"  {why}"])
            report.console.print(told, markup=False, highlight=False, soft_wrap=True)
        report.console.print(
            f"  Again: python -m lives --workers 1 --lives {worker.lives} --seed {worker.seed}"
        )
    for end in ended:
        report.console.print(f"[red]{end}[/]", highlight=False)
    file = report.write(
        "lives",
        {
            "lives": lived, "seconds": round(seconds, 1), "per_second": round(lived / seconds, 2),
            "events": events, "held": not failed and not ended, "ended_by_themselves": ended,
            "answers": by_act,
            "workers": [{"seed": w.seed, "asked": w.lives, "held": w.held, **w.told} for w in workers],
        },
    )  # fmt: skip
    report.console.print("All held." if not failed and not ended else "[red]Not all held.[/]")
    report.console.print(f"Written to {file}; the logs are in {LOCAL / 'lives' / 'log'}.")


if __name__ == "__main__":
    typer.run(main)
