"""What is known of a ticket's routing: facts heard from others, and what this service has said itself.

Facts may come in any order between sources: a breach is kept until its ticket is known.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.events.envelope import Event, Recorded
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated, TicketRouted
from shared.events.sla import BreachRetracted, DeadlineBreached, DeadlineKind
from shared.events.ticket import (
    ContractTerms,
    Priority,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket's registration, and the contract as it stood then."""

    event: UUID
    at: datetime
    contract: ContractTerms


class PriorityHeld(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on the ticket had this priority."""

    event: UUID
    at: datetime
    priority: Priority


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline passed unmet at `due_at`; that counts from `since`, which is later where a change began the
    deadline after it was due (R12). Stored states know the field by its first name."""

    event: UUID
    deadline_id: str
    kind: DeadlineKind
    due_at: datetime
    since: datetime = msgspec.field(name="detected_at")


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket. `line` is 0 until it has been routed; `weighed` names causes that have had their effect,
    and `alerted` those of which the service manager has been told."""

    opening: Opening | None = None
    priorities: tuple[PriorityHeld, ...] = ()
    ended_at: datetime | None = None
    breaches: tuple[Breach, ...] = ()
    retracted: tuple[str, ...] = ()
    line: int = 0
    weighed: tuple[str, ...] = ()
    alerted: tuple[str, ...] = ()


def observe(routing: Routing, fact: Recorded) -> Routing:
    """The state after hearing one more fact; hearing it twice changes nothing."""
    match fact.data:
        case TicketOpened(priority=priority, contract=contract):
            opening = Opening(event=fact.id, at=fact.time, contract=contract)
            opened = msgspec.structs.replace(routing, opening=opening)
            return opened if priority is None else _hold(opened, fact, priority)
        case TicketPrioritised(priority=priority):
            return _hold(routing, fact, priority)
        case TicketResolved() | TicketClosed():
            ended = fact.time if routing.ended_at is None else min(routing.ended_at, fact.time)
            return msgspec.structs.replace(routing, ended_at=ended)
        case DeadlineBreached() as breached:
            return _breach(routing, fact, breached)
        case BreachRetracted(deadline_id=deadline_id):
            return msgspec.structs.replace(routing, retracted=_with(routing.retracted, deadline_id))
        case _:
            return routing


def evolve(routing: Routing, event: Event) -> Routing:
    """The state after one of this service's own events."""
    match event:
        case TicketRouted(line=line):
            return msgspec.structs.replace(routing, line=line)
        case TicketEscalated(to_line=line, cause_id=cause):
            return msgspec.structs.replace(routing, line=line, weighed=_with(routing.weighed, cause))
        case ServiceManagerAlerted(cause_id=cause):
            return msgspec.structs.replace(routing, alerted=_with(routing.alerted, cause))
        case _:
            raise TypeError(f"{type(event).__name__} does not belong to a routing's stream")


def weigh(routing: Routing, causes: tuple[str, ...]) -> Routing:
    """`causes` have had their effect, even where the ticket stood high enough already."""
    return msgspec.structs.replace(routing, weighed=tuple(dict.fromkeys((*routing.weighed, *causes))))


def team_of(line: int) -> str:
    """The team that answers for a line."""
    return f"line-{line}"


def _hold(routing: Routing, fact: Recorded, priority: Priority) -> Routing:
    if any(held.event == fact.id for held in routing.priorities):
        return routing
    held = PriorityHeld(event=fact.id, at=fact.time, priority=priority)
    ordered = sorted((*routing.priorities, held), key=lambda known: known.at)
    return msgspec.structs.replace(routing, priorities=tuple(ordered))


def _breach(routing: Routing, fact: Recorded, breached: DeadlineBreached) -> Routing:
    if any(known.deadline_id == breached.deadline_id for known in routing.breaches):
        return routing
    breach = Breach(
        event=fact.id,
        deadline_id=breached.deadline_id,
        kind=breached.kind,
        due_at=breached.due_at,
        since=max(breached.due_at, fact.time),
    )
    return msgspec.structs.replace(routing, breaches=(*routing.breaches, breach))


def _with(known: tuple[str, ...], new: str) -> tuple[str, ...]:
    return known if new in known else (*known, new)
