"""What the engine knows of one ticket: its facts, and the newest deadline of each kind.

The facts are folded from what happened to the ticket (`facts.observe`), the deadlines from what the engine
said of it (`evolve`); their order against each other does not matter.
"""

from datetime import datetime
from typing import Any, Literal, assert_never

import msgspec

from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)
from sla_engine.domain.clock import Base
from sla_engine.domain.instants import Micros, to_micros
from sla_engine.domain.policy import Commitment, Kind, Priority
from sla_engine.domain.waits import Pauses, open_wait

Status = Literal["running", "paused", "met", "breached", "met_late", "cancelled", "superseded"]

_STATUS_AFTER: dict[type[SlaEvent], Status] = {
    DeadlineBreached: "breached",
    DeadlineCancelled: "cancelled",
    DeadlineSuperseded: "superseded",
}


class Tracked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A deadline as its events tell it. `generation` counts the deadlines of its kind on this ticket.

    `start`: what its time counts from. `turn` counts what may befall a deadline more than once, so that what
    it is told afterwards is told apart from what it was told before.
    """

    id: str
    kind: Kind
    generation: int
    status: Status
    due: Micros
    warn: Micros | None
    soft: Micros | None
    commitment: Commitment
    start: Micros | None = None
    agreed: bool = False
    promised: bool = False
    internal: bool = False
    warned: bool = False
    soft_warned: bool = False
    turn: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in ("running", "paused")

    @property
    def is_point_in_time(self) -> bool:
        """Whether it was agreed or set, and not reckoned: neither waits nor opening hours move it."""
        return self.agreed or self.promised or self.kind == "review"


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One ticket. `over`: resolved or closed, so that nothing starts before it is reopened.

    `spoken` and `updated`: the first and the last public word of support; `triaged`: when support first set
    or confirmed the priority; `pauses`: the waits for the customer since `base`.
    """

    ticket: str
    policy: str
    policy_version: str
    base: Base
    priority: Priority | None
    deadlines: dict[Kind, Tracked] = {}
    answered: Micros | None = None
    """When support itself registered it for a caller, who was answered by that (R0)."""
    worked: Micros | None = None
    spoken: Micros | None = None
    updated: Micros | None = None
    triaged: Micros | None = None
    pauses: Pauses = ()
    left_first_line: bool = False
    over: bool = False

    @property
    def running(self) -> list[Tracked]:
        """The deadlines whose time passes."""
        return [deadline for deadline in self.deadlines.values() if deadline.status == "running"]

    @property
    def waiting(self) -> bool:
        """Whether support waits for the customer."""
        return open_wait(self.pauses) is not None

    def base_of(self, deadline: Tracked) -> Base:
        """What `deadline` was reckoned from: what the ticket counts from, or an instant of its own."""
        if deadline.start in (None, self.base.received, self.base.registered):
            return self.base
        return Base(deadline.start, deadline.start)


def evolve(state: State, event: SlaEvent) -> State:
    """The deadlines after `event`."""
    match event:
        case DeadlineStarted():
            return _with(state, _started(event))
        case DeadlineWarned():
            return _changed(state, event, **{"soft_warned" if event.reason == "soft" else "warned": True})
        case DeadlineMet():
            return _changed(state, event, status="met_late" if event.late else "met")
        case DeadlineBreached() | DeadlineCancelled() | DeadlineSuperseded():
            return _changed(state, event, status=_STATUS_AFTER[type(event)])
        case DeadlinePaused():
            return _changed(state, event, status="paused")
        case DeadlineResumed():
            return _changed(state, event, status="running", **_marks(event))
        case DeadlineMoved():
            return _changed(state, event, start=to_micros(event.received_at), **_marks(event))
        case BreachRetracted():
            return _changed(state, event, status="running")
        case _:
            assert_never(event)


def comes_again(event: SlaEvent) -> bool:
    """Whether a deadline may be told `event` more than once: it begins another turn."""
    return isinstance(event, DeadlinePaused | DeadlineResumed | DeadlineMoved | BreachRetracted)


def _started(event: DeadlineStarted) -> Tracked:
    return Tracked(
        id=event.deadline_id,
        kind=event.kind,
        generation=event.generation,
        status="running",
        start=to_micros(event.received_at),
        commitment=event.commitment,
        agreed=event.agreed is True,
        promised=event.promised is True,
        internal=event.internal,
        **_marks(event),
    )


def _marks(event: DeadlineStarted | DeadlineResumed | DeadlineMoved) -> dict[str, Any]:
    return {
        "due": to_micros(event.due_at),
        "warn": _micros(event.warn_at),
        "soft": _micros(event.soft_due_at),
    }


def _micros(instant: datetime | None) -> Micros | None:
    return None if instant is None else to_micros(instant)


def _changed(state: State, event: SlaEvent, **changes: object) -> State:
    deadline = state.deadlines.get(event.kind)
    if deadline is None or deadline.id != event.deadline_id:
        return state
    if comes_again(event):
        changes["turn"] = deadline.turn + 1
    return _with(state, msgspec.structs.replace(deadline, **changes))


def _with(state: State, deadline: Tracked) -> State:
    return msgspec.structs.replace(state, deadlines={**state.deadlines, deadline.kind: deadline})
