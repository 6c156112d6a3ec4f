"""Many lives, by as many processes as there is room for, and what came of them."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date

from clocks.cases import LAST, cases, clock_changes, unlike_days
from clocks.judging import judge
from clocks.terms import CONTRACTS
from clocks.walker import Walker
from sla_engine.adapters.tzdata import pin

SHOWN = 20


@dataclass
class Outcome:
    """`crossed`: the days unlike others between a life's registration and the last that it had due."""

    lives: int = 0
    differing: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    crossed: dict[str, set[date]] = field(default_factory=lambda: {name: set() for name in CONTRACTS})

    def add(self, other: "Outcome") -> None:
        """Both."""
        self.lives += other.lives
        self.differing += other.differing
        self.compared += other.compared
        self.differences = (self.differences + other.differences)[:SHOWN]
        for name, days in other.crossed.items():
            self.crossed[name] |= days

    def missed(self) -> dict[str, list[date]]:
        """Changes of the clocks, red days and eves that no life crossed."""
        return {name: sorted(set(_unlike(name)) - days) for name, days in self.crossed.items()}


def run(seed: int, number: int, *, announcing: float = 0.1) -> Outcome:
    """Judge `number` lives."""
    pin()
    outcome = Outcome()
    unlike = {name: _unlike(name) for name in CONTRACTS}
    walkers = {name: Walker(name) for name in CONTRACTS}
    for case in cases(seed, number, announcing=announcing):
        verdict = judge(case)
        outcome.lives += 1
        outcome.compared += verdict.compared
        first, last = (walkers[case.contract].local_date(at) for at in verdict.span)
        outcome.crossed[case.contract] |= {day for day in unlike[case.contract] if first <= day <= last}
        if verdict.differences:
            outcome.differing += 1
            if len(outcome.differences) < SHOWN:
                outcome.differences.append("\n  ".join((repr(case), *verdict.differences)))
    return outcome


def run_all(seed: int, number: int, workers: int) -> Outcome:
    """The same by several processes, each with the next seed."""
    share = [number // workers + (each < number % workers) for each in range(workers)]
    outcome = Outcome()
    with ProcessPoolExecutor(workers) as pool:
        for each in pool.map(run, range(seed, seed + workers), share):
            outcome.add(each)
    return outcome


def _unlike(contract: str) -> list[date]:
    return sorted({*unlike_days(contract), *(day for day in clock_changes() if day <= LAST)})
