"""Why a ticket moves, and how far: a fold over its causes in the order in which they happened (R17).

The order of *arrival* plays no part here, which is what makes the line come out the same in any
interleaving of the sources.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from escalation.domain.routing import Breach, PriorityHeld, Routing
from shared.events.escalation import EscalationCause
from shared.events.sla import DeadlineKind
from shared.events.ticket import ContractTerms, Priority

FIRST_LINE = 1
SPECIALISTS = 2
_MOVES: dict[DeadlineKind, EscalationCause] = {
    "resolution": "resolution_breached",
    "line_limit": "line_limit_breached",
}
URGENCY: tuple[Priority, ...] = ("P1", "P2", "P3", "P4")


class Cause(NamedTuple):
    """What moves a ticket up. `id` is the deadline's id, or the priority: one move per cause, ever.

    `at` orders the causes; the move itself happens at `since`.
    """

    at: datetime
    kind: EscalationCause
    id: str
    event: UUID
    since: datetime


class AlertCause(NamedTuple):
    """What the service manager is to be told of."""

    at: datetime
    reason: str
    id: str
    priority: Priority
    event: UUID


def causes(routing: Routing, contract: ContractTerms) -> list[Cause]:
    """The causes in force, oldest first; those of one instant with the plain floors first."""
    found = [
        Cause(held.at, "priority", held.priority, held.event, held.at)
        for held in _first_held(routing, contract)
    ]
    for breach in standing_breaches(routing):
        if (kind := _MOVES.get(breach.kind)) is not None:
            found.append(Cause(breach.due_at, kind, breach.deadline_id, breach.event, breach.since))
    return sorted(found, key=lambda cause: (cause.at, cause.kind == "resolution_breached", cause.id))


def lines_after(ordered: Sequence[Cause], contract: ContractTerms) -> list[int]:
    """The line after each of `ordered`: at least line 2, or for a resolution the line held then plus one."""
    lines: list[int] = []
    line = held_at_instant = FIRST_LINE
    for index, cause in enumerate(ordered):
        repeated = index > 0 and ordered[index - 1][:2] == cause[:2]
        held_at_instant = held_at_instant if repeated else line
        wanted = held_at_instant + 1 if cause.kind == "resolution_breached" else SPECIALISTS
        line = max(line, min(wanted, contract.lines))
        lines.append(line)
    return lines


def alert_causes(routing: Routing, contract: ContractTerms) -> list[AlertCause]:
    """What the service manager is to be told of, oldest first: a priority that escalates, and every breach
    while the ticket has a priority that the contract names for it."""
    found = [
        AlertCause(held.at, "priority", held.priority, held.priority, held.event)
        for held in _first_held(routing, contract)
    ]
    for breach in standing_breaches(routing):
        priority = _priority_of(routing, breach)
        if priority in contract.alert_service_manager and not contract.priority_is_wish:
            reason = f"{breach.kind}_breached"
            found.append(AlertCause(breach.since, reason, breach.deadline_id, priority, breach.event))
    return sorted(found, key=lambda alert: (alert.at, alert.id))


def standing_breaches(routing: Routing) -> list[Breach]:
    """Breaches neither retracted nor timed at or after the ticket's end (an end exactly then is in time)."""
    return [
        breach
        for breach in routing.breaches
        if breach.deadline_id not in routing.retracted and _before_end(routing, breach.due_at)
    ]


def _first_held(routing: Routing, contract: ContractTerms) -> list[PriorityHeld]:
    if contract.priority_is_wish:
        return []
    first: dict[Priority, PriorityHeld] = {}
    for held in routing.priorities:
        if held.priority in contract.escalate_at_once and _before_end(routing, held.at):
            first.setdefault(held.priority, held)
    return list(first.values())


def _before_end(routing: Routing, instant: datetime) -> bool:
    return routing.ended_at is None or instant < routing.ended_at


def _priority_of(routing: Routing, breach: Breach) -> Priority | None:
    """The more urgent of the priorities held when due and as it began to count: a raise may breach at once
    (R12)."""
    held = {_priority_at(routing, breach.due_at), _priority_at(routing, breach.since)}
    return next((priority for priority in URGENCY if priority in held), None)


def _priority_at(routing: Routing, instant: datetime) -> Priority | None:
    held = [known.priority for known in routing.priorities if known.at <= instant]
    return held[-1] if held else None
