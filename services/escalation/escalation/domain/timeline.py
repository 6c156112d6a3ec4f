"""Where a ticket stands: a fold over what moved it, in the order in which that *happened* (R17, R18).

Automatic escalation is a floor. What people do sets the line, and once one has, categories route no more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from escalation.domain.causes import CATEGORY, Cause, causes
from escalation.domain.routing import ContractHeld, Hand, Opening, Routing, contract_at
from escalation.domain.teams import FIRST_LINE, SPECIALISTS, Teams
from shared.events.ticket import Category, ContractTerms

_Moment = Cause | Hand | ContractHeld


class Standing(NamedTuple):
    """Where the ticket stands. `floor`: the highest line that escalation by itself has reached."""

    line: int = FIRST_LINE
    category: Category | None = None
    assignee: str | None = None
    floor: int = FIRST_LINE
    by_hand: bool = False

    def team(self, teams: Teams) -> str:
        """The team that holds it."""
        return teams.team_of(self.line, self.category)


class Step(NamedTuple):
    """A cause, where the ticket stood after it, and whether a person has set the line since."""

    cause: Cause
    after: Standing
    overruled: bool


class Timeline(NamedTuple):
    """The causes in their order, and where the ticket stands at last."""

    steps: Sequence[Step]
    standing: Standing


def timeline(routing: Routing, opening: Opening, teams: Teams) -> Timeline:
    """Fold everything that moved the ticket."""
    moments: list[_Moment] = [*routing.contracts, *causes(routing, opening), *routing.hands]
    moments.sort(key=_order)
    standing, steps = Standing(), list[Step]()
    held_then, group = standing.line, None
    for moment in moments:
        contract = contract_at(routing, opening, moment.at)
        match moment:
            case ContractHeld():
                lines = contract.lines
                standing = standing._replace(line=min(standing.line, lines), floor=min(standing.floor, lines))
            case Hand() as hand:
                standing = _by_hand(standing, hand, contract)
                if hand.line is not None:
                    steps = [step._replace(overruled=True) for step in steps]
            case Cause() as cause:
                # Causes of one kind and instant count from the line that was held before all of them.
                held_then = held_then if group == cause[:2] else standing.line
                group = cause[:2]
                standing = _moved(standing, cause, held_then, contract, teams)
                steps.append(Step(cause, standing, overruled=False))
    return Timeline(steps, standing)


def _moved(standing: Standing, cause: Cause, held: int, contract: ContractTerms, teams: Teams) -> Standing:
    if cause.kind == CATEGORY:
        assert cause.category is not None
        if standing.by_hand:
            return standing
        line = max(teams.line_of(cause.category, contract), min(standing.floor, contract.lines))
        kept = standing.assignee if line <= standing.line else None
        return standing._replace(line=line, category=cause.category, assignee=kept)
    wanted = held + 1 if cause.kind == "resolution_breached" else SPECIALISTS
    reached = min(wanted, contract.lines)
    floor = max(standing.floor, reached)
    if reached <= standing.line:
        return standing._replace(floor=floor)
    return standing._replace(line=reached, floor=floor, assignee=None)


def _by_hand(standing: Standing, hand: Hand, contract: ContractTerms) -> Standing:
    line = standing.line if hand.line is None else min(hand.line, contract.lines)
    kept = standing.assignee if line <= standing.line else None
    return standing._replace(
        line=line,
        assignee=hand.assignee if hand.assigns else kept,
        by_hand=standing.by_hand or hand.line is not None,
    )


def _order(moment: _Moment) -> tuple[datetime, int, str]:
    """At one instant: the contract, plain floors, the category, breaches of a resolution, and people last, in
    the order of their own stream."""
    match moment:
        case ContractHeld():
            return moment.at, 0, ""
        case Cause(kind="category"):
            return moment.at, 2, ""
        case Cause(kind="resolution_breached"):
            return moment.at, 3, moment.id
        case Cause():
            return moment.at, 1, moment.id
        case Hand():
            return moment.at, 4, ""
