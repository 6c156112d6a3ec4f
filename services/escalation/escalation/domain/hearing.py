"""What others tell of a ticket: each fact is kept once, with the instant at which it happened."""

from functools import reduce
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from escalation.domain.routing import (
    Breach,
    CategoryHeld,
    ContractHeld,
    Life,
    Opening,
    PriorityHeld,
    Routing,
    Turn,
    priority_at,
)
from escalation.domain.saying import act
from escalation.domain.urgency import at_once
from shared.events.envelope import Recorded
from shared.events.sla import BreachRetracted, DeadlineBreached, DeadlineStarted
from shared.events.ticket import (
    Category,
    CommentAdded,
    ContractChanged,
    CustomerQuestioned,
    Priority,
    TicketCategorised,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    WorkStarted,
)

Held = TypeVar("Held", bound=ContractHeld | PriorityHeld | CategoryHeld | Turn)


def observe(routing: Routing, fact: Recorded) -> Routing:
    """The state after hearing one more fact; hearing it twice changes nothing."""
    match fact.data:
        case TicketOpened() as opened:
            return _open(routing, fact, opened)
        case TicketPrioritised(priority=priority, by=by):
            if _lower(priority, priority_at(routing, fact.time)):
                routing = act(routing, by, fact.time)  # somebody has judged it less urgent
            return _hold(routing, fact, priority, by_support=by.is_support_person)
        case TicketCategorised(category=category):
            return _categorise(routing, fact, category)
        case TicketResolved(by=by):
            return _turn(act(routing, by, fact.time), fact, "resolved")
        case TicketClosed(by=by):
            return _turn(act(routing, by, fact.time), fact, "closed")
        case TicketReopened():
            return _turn(routing, fact, "reopened")
        case ContractChanged(contract=contract, by=by):
            if not at_once(contract, priority_at(routing, fact.time)):
                routing = act(routing, by, fact.time)  # somebody has judged that nobody need be woken
            held = ContractHeld(event=fact.id, at=fact.time, contract=contract)
            return _replace(routing, contracts=_in_order(routing.contracts, held))
        case WorkStarted(by=by) | CustomerQuestioned(by=by):
            return act(routing, by, fact.time)
        case CommentAdded(visibility="public", automatic=False, by=by):
            return act(routing, by, fact.time)
        case DeadlineStarted(in_support_hours=False) if fact.causation_id is not None:
            return _replace(routing, outside_hours=_with(routing.outside_hours, fact.causation_id))
        case DeadlineBreached(kind="review"):
            return routing  # the ticket has ended: its review's owner is told, and nobody else (R20)
        case DeadlineBreached() as breached:
            return _breach(routing, fact, breached)
        case BreachRetracted(deadline_id=deadline_id):
            return _retract(routing, fact, deadline_id)
        case _:
            return routing


def _open(routing: Routing, fact: Recorded, opened: TicketOpened) -> Routing:
    known = Opening(event=fact.id, at=fact.time, contract=opened.contract)
    after = _replace(routing, opening=known)
    if opened.category is not None:
        after = _categorise(after, fact, opened.category)
    if opened.priority is not None:
        after = _hold(after, fact, opened.priority, by_support=False)
    return after


def _hold(routing: Routing, fact: Recorded, priority: Priority, *, by_support: bool) -> Routing:
    held = PriorityHeld(event=fact.id, at=fact.time, priority=priority, by_support=by_support)
    return _replace(routing, priorities=_in_order(routing.priorities, held))


def _lower(priority: Priority, than: Priority | None) -> bool:
    return than is not None and priority > than  # "P1" sorts before "P4"


def _categorise(routing: Routing, fact: Recorded, category: Category) -> Routing:
    held = CategoryHeld(event=fact.id, at=fact.time, category=category)
    return _replace(routing, categories=_in_order(routing.categories, held))


def _turn(routing: Routing, fact: Recorded, life: Life) -> Routing:
    return _replace(routing, turns=_in_order(routing.turns, Turn(event=fact.id, at=fact.time, life=life)))


def _breach(routing: Routing, fact: Recorded, breached: DeadlineBreached) -> Routing:
    """A deadline whose breach was retracted may go on, and be breached again: by an event of its own."""
    before = [known for known in routing.breaches if known.deadline_id == breached.deadline_id]
    if any(known.event == fact.id or known.key not in routing.retracted for known in before):
        return routing
    breach = Breach(
        event=fact.id,
        deadline_id=breached.deadline_id,
        kind=breached.kind,
        due_at=breached.due_at,
        since=max(breached.due_at, fact.time),
        again=bool(before),
    )
    return _replace(routing, breaches=(*routing.breaches, breach))


def _retract(routing: Routing, fact: Recorded, deadline_id: str) -> Routing:
    """Takes back what it came after, also when it is heard again after a later breach."""
    if fact.id in routing.retractions:
        return routing
    before = [known.key for known in routing.breaches if known.deadline_id == deadline_id]
    retracted = reduce(_with, before or [deadline_id], routing.retracted)
    return _replace(routing, retracted=retracted, retractions=_with(routing.retractions, fact.id))


def _in_order(known: tuple[Held, ...], new: Held) -> tuple[Held, ...]:
    """By time, and at one instant as intake told them: its own order is kept on the way."""
    if any(held.event == new.event for held in known):
        return known
    return tuple(sorted((*known, new), key=lambda held: held.at))


def _with(known: tuple[Any, ...], new: str | UUID) -> tuple[Any, ...]:
    return known if new in known else (*known, new)


def _replace(routing: Routing, **changes: Any) -> Routing:
    return msgspec.structs.replace(routing, **changes)
