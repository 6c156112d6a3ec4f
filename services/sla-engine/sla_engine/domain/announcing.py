"""Opening hours that are announced to deviate, and the deadlines that move by it (R4)."""

from collections.abc import Iterator

import msgspec

from shared.events.sla import DeadlineMoved
from sla_engine.domain.clock import Base, Deadline, compute, received
from sla_engine.domain.instants import Micros, from_micros
from sla_engine.domain.state import State, Tracked
from sla_engine.domain.terms import Terms


def moved(terms: Terms, state: State, announced: Micros) -> tuple[State, list[DeadlineMoved]]:
    """What the calendar of `terms` has moved, and the ticket's facts by it: a received instant still ahead at
    `announced`, and every open deadline but points in time. What has ended stays.

    A ticket that another version of the policy governs is left alone: its targets are not known here.
    """
    if state.policy_version != terms.policy.version:
        return state, []
    was = state.base
    base = received(terms.calendar, was.registered) if was.received > announced else was
    return msgspec.structs.replace(state, base=base), list(_moves(terms, state, base))


def _moves(terms: Terms, state: State, base: Base) -> Iterator[DeadlineMoved]:
    for deadline in state.deadlines.values():
        target = terms.policy.target(deadline.kind, state.priority)
        if target is None or not deadline.is_open or deadline.is_point_in_time:
            continue
        own = state.base_of(deadline)
        counts_from = base if own == state.base else own
        found = compute(terms.policy, terms.calendar, counts_from, target, state.pauses)
        start = found.start if deadline.start is None else deadline.start
        if _marks(found) != (start, deadline.due, deadline.warn, deadline.soft):
            yield _move(terms, deadline, found)


def _marks(found: Deadline) -> tuple[Micros, Micros, Micros, Micros | None]:
    return found.start, found.due, found.warn, found.soft


def _move(terms: Terms, deadline: Tracked, found: Deadline) -> DeadlineMoved:
    return DeadlineMoved(
        deadline_id=deadline.id,
        kind=deadline.kind,
        previous_due_at=from_micros(deadline.due),
        due_at=from_micros(found.due),
        warn_at=from_micros(found.warn),
        soft_due_at=None if found.soft is None else from_micros(found.soft),
        received_at=from_micros(found.start),
        calendar_version=terms.calendar.version,
        internal=deadline.internal,
    )
