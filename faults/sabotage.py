"""The checker's own test: real misbehaviour is planted, and the rule that is there for it must see it."""

from dataclasses import dataclass

from rich.table import Table

from faults import report
from faults.checker import RULES
from faults.machine import Machine
from faults.plants import PLANTS
from faults.run import Result, run
from faults.waiting import Overdue
from stack.places import Unready

SETTLES_WITHIN = 40.0
PATIENTLY = 60.0


@dataclass(frozen=True)
class Caught:
    """What became of one planted bug."""

    bug: str
    result: Result

    @property
    def rules(self) -> list[str]:
        """The rules that were violated."""
        return [verdict.rule for verdict in self.result.violated]

    @property
    def is_caught(self) -> bool:
        """By the very rule that is there for it."""
        return PLANTS[self.bug].caught_by in self.rules


async def play_all(machine: Machine, only: list[str] | None) -> bool:
    """Plant each bug in turn in a system that is otherwise in order. Returns whether all were caught."""
    if unknown := set(only or ()) - PLANTS.keys():
        raise SystemExit(f"no bug {', '.join(sorted(unknown))}; there are {', '.join(PLANTS)}")
    caught: list[Caught] = []
    for bug in only or list(PLANTS):
        caught.append(await _play(machine, bug))
        report.console.print(f"{bug}: {', '.join(caught[-1].rules) or caught[-1].result.broken or 'nothing'}")
        report.write("sabotage", _json(caught))
    _show(caught)
    unproven = [] if only else sorted(RULES.keys() - {plant.caught_by for plant in PLANTS.values()})
    if unproven:
        report.console.print(f"[red]no bug is planted for {', '.join(unproven)}[/]")
    return all(one.is_caught for one in caught) and not unproven


async def _play(machine: Machine, bug: str) -> Caught:
    plant = PLANTS[bug]
    bound = PATIENTLY if plant.patient else SETTLES_WITHIN
    try:
        return Caught(
            bug,
            await run(
                machine,
                plant.scenario,
                quick=True,
                brief=not plant.patient,
                sabotage={plant.service: bug},
                settles_within=bound,
            ),
        )
    except (Overdue, Unready) as late:
        return Caught(bug, Result(plant.scenario, broken=str(late)))


def _show(caught: list[Caught]) -> None:
    table = Table(title="Sabotage")
    for column in ("planted bug", "in", "must be caught by", "caught", "seconds", "also seen by"):
        table.add_column(column)
    for one in caught:
        plant = PLANTS[one.bug]
        table.add_row(
            one.bug,
            plant.service,
            plant.caught_by,
            "[green]yes[/]" if one.is_caught else "[red]no[/]",
            f"{one.result.seconds:.0f}",
            ", ".join(rule for rule in one.rules if rule != plant.caught_by),
        )
    report.console.print(table)


def _json(caught: list[Caught]) -> dict[str, object]:
    return {
        "bugs": [
            {
                "bug": one.bug,
                "service": PLANTS[one.bug].service,
                "must_be_caught_by": PLANTS[one.bug].caught_by,
                "caught": one.is_caught,
                "rules": {verdict.rule: len(verdict.violations) for verdict in one.result.violated},
                "violations": {verdict.rule: verdict.violations[:3] for verdict in one.result.violated},
                "broken": one.result.broken,
                "seconds": round(one.result.seconds, 1),
            }
            for one in caught
        ]
    }
