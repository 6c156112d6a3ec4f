"""One scenario from an empty system to a verdict."""

import asyncio
import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from faults.checker import Verdict, check
from faults.client import Client
from faults.evidence import Evidence
from faults.journal import Journal
from faults.load import Load
from faults.machine import Machine
from faults.rules.mails import copies
from faults.scenarios import SCENARIOS, Stage
from faults.settling import Settling
from faults.waiting import Overdue
from stack.places import Unready

SETTLES_WITHIN = 150.0
RATE = 60.0
"""Writes per second: the figure is bounded so that two cores carry the system, its clients and the faults."""


@dataclass
class Result:
    """What a scenario came to. `broken`: the harness could not carry it out."""

    name: str
    verdicts: list[Verdict] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    broken: str = ""

    @property
    def held(self) -> bool:
        """Whether every rule held."""
        return not self.broken and not self.violated

    @property
    def violated(self) -> list[Verdict]:
        """The rules that did not hold."""
        return [verdict for verdict in self.verdicts if verdict.violations]


async def run(
    machine: Machine,
    name: str,
    *,
    quick: bool,
    brief: bool = False,
    sabotage: Mapping[str, str] | None = None,
    settles_within: float = SETTLES_WITHIN,
    journals: Path | None = None,
) -> Result:
    """Play scenario `name`; `sabotage`: service → bug; `journals`: where the clients' journal goes.

    `brief`: no story that goes on for more than ten seconds.
    """
    result, began, journal = Result(name), time.monotonic(), Journal()
    await machine.fresh(sabotage)
    client = Client(machine.url("intake"))
    stage = Stage(machine, Load(client, journal, RATE), quick)
    if brief:
        stage.load.only_brief_stories()
    try:
        async with stage.load.running():
            await SCENARIOS[name](stage)
    except (Overdue, Unready) as late:
        result.broken = str(late)
    finally:
        await client.close()
        if journals is not None:
            journal.save(journals / f"{name}.jsonl")
    try:
        evidence = await Settling(machine, journal, stage.outages).settle(settles_within)
    except Exception as failure:  # a system too broken to be read is a finding, not the end of the run
        result.broken = result.broken or f"the evidence cannot be read: {failure!r}"
        evidence = None
    if evidence is not None:
        if stage.subscriber is not None:
            await asyncio.to_thread(stage.subscriber.follow)
            evidence.late = stage.subscriber.held
        result.verdicts = check(evidence)
        result.notes = _notes(evidence) | stage.notes
        if journals is not None and result.violated:
            _keep_streams(evidence, result, journals / f"{name}-streams.jsonl")
    if ended := machine.unplanned():
        result.notes["ended by themselves"] = "; ".join(ended[:5])
    result.seconds = time.monotonic() - began
    return result


def _keep_streams(evidence: Evidence, result: Result, file: Path) -> None:
    """The events of every ticket that a violation names, for whoever looks for its cause."""
    told = "\n".join(line for verdict in result.violated for line in verdict.violations)
    with file.open("w") as out:
        for _, stream in sorted(evidence.streams.items(), key=lambda found: found[0][::-1]):
            if stream[0].subject in told:
                out.writelines(json.dumps(asdict(event), default=str) + "\n" for event in stream)


def _notes(evidence: Evidence) -> dict[str, str]:
    acknowledged = [write for write in evidence.writes if write.acknowledged]
    answered = sorted(a.seconds for w in evidence.writes for a in w.attempts if 200 <= a.status < 300)
    refused = sum(a.status == 503 for w in evidence.writes for a in w.attempts)
    unanswered = sum(a.status == 0 for w in evidence.writes for a in w.attempts)
    events = sum(map(len, evidence.feeds.values()))
    # Afterwards only the begun stories go on, with pauses of their own.
    opening = max((a.began for w in acknowledged if w.kind == "open" for a in w.attempts), default=None)
    at = sorted(
        a.began
        for w in acknowledged
        for a in w.attempts
        if 200 <= a.status < 300 and opening and a.began <= opening
    )
    return {
        "tickets": str(len(evidence.tickets)),
        "writes": f"{len(acknowledged)} acknowledged, {len(evidence.writes) - len(acknowledged)} not",
        "events": f"{events}, records {len(evidence.arrivals)}",
        "p50/p99 of a 2xx": f"{1000 * _share(answered, 0.5):.0f}/{1000 * _share(answered, 0.99):.0f} ms",
        "longest without a 2xx": f"{_longest(at):.1f} s",
        "503 / no answer": f"{refused} / {unanswered}",
        "mails": f"{len(evidence.mails)}, copies under one Message-ID: {copies(evidence)}",
    }


def _share(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def _longest(at: list[datetime]) -> float:
    gaps = ((later - earlier).total_seconds() for earlier, later in itertools.pairwise(at))
    return max(gaps, default=0.0)
