"""What the engine knows of one ticket: its facts, and the newest deadline of each kind.

Folded from streams that say unlike things, so that their order against each other does not matter: what
happened to the ticket (`observe`) and what the engine said of it (`evolve`).
"""

from datetime import datetime
from typing import Literal, assert_never

import msgspec

from shared.events.escalation import TicketEscalated, TicketRouted
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)
from shared.events.ticket import (
    CommentAdded,
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)
from sla_engine.domain.calendar import Calendar
from sla_engine.domain.clock import Base, received
from sla_engine.domain.instants import Micros, to_micros
from sla_engine.domain.policy import Commitment, Kind, Policy, Priority

Happening = TicketEvent | TicketEscalated | TicketRouted
Status = Literal["running", "met", "breached", "met_late", "cancelled", "superseded"]

FIRST_LINE = 1
_STATUS_AFTER: dict[type[SlaEvent], Status] = {
    DeadlineBreached: "breached",
    DeadlineCancelled: "cancelled",
    DeadlineSuperseded: "superseded",
    BreachRetracted: "running",
}


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline as its events tell it. `generation` counts the deadlines of its kind on this ticket."""

    id: str
    kind: Kind
    generation: int
    status: Status
    due: Micros
    warn: Micros | None
    soft: Micros | None
    commitment: Commitment
    internal: bool = False
    warned: bool = False
    soft_warned: bool = False


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket. `over`: resolved or closed, so that nothing starts any more."""

    ticket: str
    policy: str
    policy_version: str
    base: Base
    priority: Priority | None
    deadlines: dict[Kind, Tracked] = {}
    answered: Micros | None = None
    """When support itself registered it for a caller, who was answered by that (R0)."""
    worked: Micros | None = None
    updated: Micros | None = None
    left_first_line: bool = False
    over: bool = False

    @property
    def running(self) -> list[Tracked]:
        """The deadlines that have not ended."""
        return [deadline for deadline in self.deadlines.values() if deadline.status == "running"]


def opened(policy: Policy, calendar: Calendar, ticket: str, event: TicketOpened) -> State:
    """A ticket as it stands before any clock runs; a caller's earlier `reported_at` counts (R5)."""
    registered = to_micros(event.reported_at or event.registered_at)
    return State(
        ticket=ticket,
        policy=policy.name,
        policy_version=policy.version,
        base=received(calendar, registered),
        priority=event.priority,
        answered=registered if event.by.is_support_person else None,
    )


def leaves_first_line(event: TicketEscalated | TicketRouted) -> bool:
    """Whether the ticket stands beyond line 1 after it, which ends its line limit for good (R17)."""
    return (event.to_line if isinstance(event, TicketEscalated) else event.line) > FIRST_LINE


def is_public_word(event: CommentAdded) -> bool:
    """Whether a person in support spoke to the customer; automatic confirmations never do (R0)."""
    return event.visibility == "public" and event.by.is_support_person and not event.automatic


def observe(state: State, event: Happening, at: datetime) -> State:
    """The ticket's facts after `event`, which happened at `at`."""
    match event:
        case TicketPrioritised():
            return msgspec.structs.replace(state, priority=event.priority)
        case WorkStarted():
            return msgspec.structs.replace(state, worked=state.worked or to_micros(at))
        case CommentAdded() if is_public_word(event):
            return msgspec.structs.replace(state, updated=to_micros(at))
        case TicketEscalated() | TicketRouted():
            return msgspec.structs.replace(
                state, left_first_line=state.left_first_line or leaves_first_line(event)
            )
        case TicketResolved() | TicketClosed():
            return msgspec.structs.replace(state, over=True)
        case TicketOpened() | TicketCategorised() | CommentAdded():
            return state
        case _:
            assert_never(event)


def evolve(state: State, event: SlaEvent) -> State:
    """The deadlines after `event`."""
    match event:
        case DeadlineStarted():
            return _with(state, _started(event))
        case DeadlineWarned():
            warned = {"soft_warned": True} if event.reason == "soft" else {"warned": True}
            return _changed(state, event.deadline_id, event.kind, **warned)
        case DeadlineMet():
            status: Status = "met_late" if event.late else "met"
            return _changed(state, event.deadline_id, event.kind, status=status)
        case DeadlineBreached() | DeadlineCancelled() | DeadlineSuperseded() | BreachRetracted():
            return _changed(state, event.deadline_id, event.kind, status=_STATUS_AFTER[type(event)])
        case _:
            assert_never(event)


def _started(event: DeadlineStarted) -> Tracked:
    return Tracked(
        id=event.deadline_id,
        kind=event.kind,
        generation=event.generation,
        status="running",
        due=to_micros(event.due_at),
        warn=None if event.warn_at is None else to_micros(event.warn_at),
        soft=None if event.soft_due_at is None else to_micros(event.soft_due_at),
        commitment=event.commitment,
        internal=event.internal,
    )


def _changed(state: State, deadline_id: str, kind: Kind, **changes: object) -> State:
    deadline = state.deadlines.get(kind)
    if deadline is None or deadline.id != deadline_id:
        return state
    return _with(state, msgspec.structs.replace(deadline, **changes))


def _with(state: State, deadline: Tracked) -> State:
    return msgspec.structs.replace(state, deadlines={**state.deadlines, deadline.kind: deadline})
