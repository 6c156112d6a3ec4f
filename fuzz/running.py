"""Schemathesis over one service, and what it found."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import httpx2

from faults.machine import SERVICES

HERE = Path(__file__).parent
SEED = 20260330
BOUND = 1800.0
"""Seconds after which a run that has not ended is ended."""


@dataclass(frozen=True, slots=True)
class Budget:
    """About so many `cases` for a service; `brief`: only drawn ones, a few for each operation, the same each
    time."""

    cases: int = 0
    brief: int = 0

    def arguments(self, operations: int) -> list[str]:
        """As Schemathesis takes them."""
        if self.brief:
            drawn = ["--phases", "examples,fuzzing", "--max-examples", str(self.brief)]
            return [*drawn, "--generation-deterministic"]
        return ["--seed", str(SEED), "--max-examples", str(ceil(self.cases / operations))]


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """`cases` were sent, of which `accepted` got past every check of the request; `failures` in words."""

    service: str
    cases: int
    accepted: int
    seconds: float
    failures: list[str]


async def fuzz(
    service: str, url: str, things: Mapping[str, list[str]], folder: Path, budget: Budget
) -> Fuzzed:
    """What is not built yet and what never ends is left out. Raises RuntimeError when Schemathesis fails."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        document = (await client.get(f"{url}/openapi.json")).json()
    out, count = _left_out(document)
    report = folder / f"{service}.json"
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(HERE / "schemathesis.toml"), "--no-color"),
        *("run", f"{url}/openapi.json", "--checks", "all"),
        *budget.arguments(count),
        *("--continue-on-failure", "--suppress-health-check", "all"),
        *("--no-shrink", "--warnings", "off", "--request-timeout", "20"),
        *("--report-json-path", str(report)),
        *(part for name in out for part in ("--exclude-operation-id", name)),
    ]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "fuzz.hooks",
        "PYTHONPATH": str(HERE.parent),
        "FUZZ_THINGS": json.dumps(things),
    }
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(BOUND):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    (folder / f"{service}.txt").write_bytes(output)
    if not report.exists():
        raise RuntimeError(output.decode()[-3000:])
    return _fuzzed(service, json.loads(report.read_text()), output.decode())


async def fuzz_all(
    urls: Mapping[str, str], things: Mapping[str, list[str]], folder: Path, budget: Budget, *, at_once: int
) -> list[Fuzzed]:
    """Every service, in an order that leaves the mail's list short while it is asked for."""
    gate = asyncio.Semaphore(at_once)

    async def one(service: str) -> Fuzzed:
        async with gate:
            return await fuzz(service, urls[service], things, folder, budget)

    return await asyncio.gather(*(one(service) for service in reversed(SERVICES)))


def _left_out(document: Mapping[str, Any]) -> tuple[list[str], int]:
    """The ids of operations to leave out, and how many remain."""
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    out = [
        operation["operationId"]
        for operation in operations
        if "text/event-stream" in operation["responses"].get("200", {}).get("content", {})
    ]
    return out, len(operations) - len(out)


def _fuzzed(service: str, report: Mapping[str, Any], output: str) -> Fuzzed:
    accepted = sum(
        phase["accepted"] for phases in report["valid_rates"].values() for phase in phases.values()
    )
    failures = [_words(failure) for failure in (*report["failures"], *report["errors"])]
    if not failures and report["exit_code"]:
        failures = [output[-1000:]]
    cases = report["test_cases"]["generated"]
    return Fuzzed(service, cases, accepted, round(report["running_time"], 1), failures)


def _words(failure: Mapping[str, Any] | Sequence[Any]) -> str:
    return json.dumps(failure, ensure_ascii=False)[:2000]
