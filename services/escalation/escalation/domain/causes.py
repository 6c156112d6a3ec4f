"""Why a ticket moves by itself, and of what the service manager is told (R17, R18).

The order of *arrival* plays no part here, which is what makes the line come out the same in any
interleaving of the sources.
"""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from escalation.domain.routing import Breach, Opening, Routing, active_at, contract_at, priority_at
from escalation.domain.urgency import at_once
from shared.events.escalation import EscalationCause
from shared.events.sla import DeadlineKind
from shared.events.ticket import Category, Priority

_MOVES: dict[DeadlineKind, EscalationCause] = {
    "resolution": "resolution_breached",
    "line_limit": "line_limit_breached",
}
URGENCY: tuple[Priority, ...] = ("P1", "P2", "P3", "P4")
CATEGORY: Literal["category"] = "category"


class Cause(NamedTuple):
    """What moves a ticket. `id` is the breach's key, the priority, or for a category the event that routed:
    one move per cause, ever. `at` orders the causes; the move itself happens at `since`. `told`: how events
    name the cause to others.
    """

    at: datetime
    kind: EscalationCause | Literal["category"]
    id: str
    event: UUID
    since: datetime
    told: str
    category: Category | None = None


class AlertCause(NamedTuple):
    """What the service manager is to be told of, once per `id`; the event names it as `told`."""

    at: datetime
    reason: str
    id: str
    told: str
    priority: Priority
    event: UUID


def causes(routing: Routing, opening: Opening) -> list[Cause]:
    """The causes in force, in no order: priorities that escalate, breaches that move, and the category."""
    found = [
        Cause(at, "priority", priority, event, at, priority)
        for at, priority, event in _escalating(routing, opening)
    ]
    for breach in standing_breaches(routing):
        if (kind := _MOVES.get(breach.kind)) is not None:
            found.append(
                Cause(breach.due_at, kind, breach.key, breach.event, breach.since, breach.deadline_id)
            )
    return found + _routed(routing)


def alert_causes(routing: Routing, opening: Opening) -> list[AlertCause]:
    """What the service manager is to be told of, oldest first: a priority that escalates, and every breach
    while the ticket has a priority that the contract names for it."""
    found = [
        AlertCause(at, "priority", priority, priority, priority, event)
        for at, priority, event in _escalating(routing, opening)
    ]
    for turn in routing.turns:
        held, contract = priority_at(routing, turn.at), contract_at(routing, opening, turn.at)
        if turn.life == "reopened" and held is not None and at_once(contract, held):
            # As if it came in at that instant (R15); the line stays, whose cause is the same (R17).
            found.append(AlertCause(turn.at, "priority", f"{held}/{turn.event}", held, held, turn.event))
    for breach in standing_breaches(routing):
        priority, contract = _priority_of(routing, breach), contract_at(routing, opening, breach.since)
        if priority in contract.alert_service_manager and not contract.priority_is_wish:
            reason = f"{breach.kind}_breached"
            found.append(
                AlertCause(breach.since, reason, breach.key, breach.deadline_id, priority, breach.event)
            )
    return sorted(found, key=lambda alert: (alert.at, alert.id))


def standing_breaches(routing: Routing) -> list[Breach]:
    """Breaches neither retracted nor timed when the ticket had ended (an end exactly then is in time)."""
    return [
        breach
        for breach in routing.breaches
        if breach.key not in routing.retracted and active_at(routing, breach.due_at)
    ]


def _escalating(routing: Routing, opening: Opening) -> list[tuple[datetime, Priority, UUID]]:
    """When each priority that escalates was first held, under the contract of that instant: a contract that
    is changed meets the priority that the ticket has."""
    held = [(known.at, known.priority, known.event) for known in routing.priorities]
    for change in routing.contracts:
        if (priority := priority_at(routing, change.at)) is not None:
            held.append((change.at, priority, change.event))
    first: dict[Priority, tuple[datetime, Priority, UUID]] = {}
    for at, priority, event in sorted(held, key=lambda known: known[0]):
        if at_once(contract_at(routing, opening, at), priority) and active_at(routing, at):
            first.setdefault(priority, (at, priority, event))
    return list(first.values())


def _routed(routing: Routing) -> list[Cause]:
    """The category known at triage, support's first priority; and each one named after it (R18)."""
    triage = next((held for held in routing.priorities if held.by_support), None)
    if triage is None:
        return []
    before = [held for held in routing.categories if held.at <= triage.at][-1:]
    after = [held for held in routing.categories if held.at > triage.at]
    found = [(triage.at, triage.event, held.category) for held in before]
    found += [(held.at, held.event, held.category) for held in after]
    return [
        Cause(at, CATEGORY, str(event), event, at, str(event), category)
        for at, event, category in found
        if active_at(routing, at)
    ]


def _priority_of(routing: Routing, breach: Breach) -> Priority | None:
    """The more urgent of the priorities held when due and as it began to count: a raise may breach at once
    (R12)."""
    held = {priority_at(routing, breach.due_at), priority_at(routing, breach.since)}
    return next((priority for priority in URGENCY if priority in held), None)
