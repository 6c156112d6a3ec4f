"""What a ticket's events do to its deadlines: start, meet, recompute, cancel (R0, R9, R12, R14–R17).

Judged by event time: first whatever had fallen due before the event is told, then what the event does. So the
history comes out the same whether the engine was on time or hours behind.
"""

from datetime import datetime
from typing import assert_never

from shared.events.escalation import TicketEscalated, TicketRouted
from shared.events.sla import SlaEvent
from shared.events.ticket import (
    CommentAdded,
    TicketCategorised,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)
from sla_engine.domain.clock import Base
from sla_engine.domain.instants import Micros, to_micros
from sla_engine.domain.policy import Kind, Policy, Priority
from sla_engine.domain.state import FIRST_LINE, Happening, State, is_public_word, leaves_first_line
from sla_engine.domain.telling import Telling, Terms

_CANCELLED_BY_RESOLVING: frozenset[Kind] = frozenset({"customer_update", "line_limit"})


def start(terms: Terms, state: State, event: TicketOpened, now: datetime) -> list[SlaEvent]:
    """The deadlines of a ticket just opened (R9), as `state.opened` has it.

    A caller whom support itself registers has been answered by that, save on the highest priority (R0).
    """
    telling = Telling(terms, state, to_micros(now))
    for target in terms.policy.targets(event.priority):
        telling.start(target, state.base)
    answered = terms.policy.answered_on_registration
    if state.answered is not None and _effective(terms.policy, event.priority) in answered:
        telling.meet("response", state.answered)
    telling.settle(to_micros(event.registered_at))
    return telling.events


def react(terms: Terms, state: State, event: Happening, at: datetime, now: datetime) -> list[SlaEvent]:
    """What follows from `event`, which happened at `at` and is handled at `now` (the database's time).

    `state` is the ticket before the event; the caller folds the event itself with `observe`.
    """
    telling, instant = Telling(terms, state, to_micros(now)), to_micros(at)
    match event:
        case TicketPrioritised():
            _prioritised(telling, event, instant)
        case CommentAdded():
            _said(telling, event, instant)
        case WorkStarted():
            _work_started(telling, instant)
        case TicketResolved():
            _resolved(telling, instant)
        case TicketClosed():
            _closed(telling, instant)
        case TicketEscalated() | TicketRouted():
            if leaves_first_line(event) and not _was_beyond(state, event) and not _by_limit(state, event):
                telling.meet("line_limit", instant)
        case TicketOpened() | TicketCategorised():
            pass
        case _:
            assert_never(event)
    return telling.events


def _was_beyond(state: State, event: TicketEscalated | TicketRouted) -> bool:
    """Whether the ticket stood beyond line 1 before it: line 1 is left once (R17)."""
    return event.from_line > FIRST_LINE if isinstance(event, TicketEscalated) else state.left_first_line


def _by_limit(state: State, event: TicketEscalated | TicketRouted) -> bool:
    """Whether the line limit's own breach moved the ticket: that undoes no breach."""
    limit = state.deadlines.get("line_limit")
    return isinstance(event, TicketEscalated) and limit is not None and event.cause_id == limit.id


def _said(telling: Telling, event: CommentAdded, at: Micros) -> None:
    if is_public_word(event):
        telling.settle(at)
        telling.meet("response", at)
        _next_update(telling, event, at)


def _work_started(telling: Telling, at: Micros) -> None:
    telling.settle(at)
    telling.meet("work_started", at)
    policy = telling.terms.policy
    if _effective(policy, telling.state.priority) in policy.work_is_a_response:
        telling.meet("response", at)


def _resolved(telling: Telling, at: Micros) -> None:
    telling.settle(at)
    for kind in tuple(telling.state.deadlines):
        if kind in _CANCELLED_BY_RESOLVING:
            telling.cancel(kind, "resolved", at)
        else:
            telling.meet(kind, at)


def _closed(telling: Telling, at: Micros) -> None:
    telling.settle(at)
    for kind in tuple(telling.state.deadlines):
        telling.cancel(kind, "closed", at)


def _prioritised(telling: Telling, event: TicketPrioritised, at: Micros) -> None:
    """Support's word ends triage; a changed priority recomputes what runs and starts what is new (R12)."""
    state, policy = telling.state, telling.terms.policy
    telling.settle(at)
    if event.by.is_support_person:
        telling.meet("triage", at)
    changed = _effective(policy, state.priority) != _effective(policy, event.priority)
    if state.over or not changed:
        return
    base = state.base if event.basis == "correction" else Base(at, at)
    targets = {target.kind: target for target in policy.targets(event.priority) if target.kind != "triage"}
    for kind in tuple(telling.state.deadlines):
        if kind != "triage" and kind not in targets:
            telling.cancel(kind, "priority", at)
    for kind, target in targets.items():
        disproved = telling.disprove(kind, at)
        if kind == "line_limit" and state.left_first_line and not disproved:
            continue
        known = telling.state.deadlines.get(kind)
        if known is None or known.status == "running":
            telling.start(target, _last_update(state, base) if kind == "customer_update" else base)
            _judge(telling, kind, event.priority, base, at)


def _judge(telling: Telling, kind: Kind, priority: Priority, base: Base, at: Micros) -> None:
    """Hold the new deadline against what had been done before the change; else it may be past already.

    A response is asked for anew where the clock counts from the change (`worsened`); begun work has begun.
    """
    state, policy = telling.state, telling.terms.policy
    done: list[Micros | None] = []
    if kind == "work_started":
        done = [state.worked]
    elif kind == "response":
        done = [
            state.answered if priority in policy.answered_on_registration else None,
            state.worked if priority in policy.work_is_a_response else None,
        ]
        done = [instant for instant in done if instant is not None and instant >= base.registered]
    for instant in done:
        if instant is not None:
            telling.meet(kind, instant)
            break
    telling.settle(at, kind)


def _next_update(telling: Telling, event: CommentAdded, at: Micros) -> None:
    """The customer has been told: the next update is due in full, or when it was promised (R16)."""
    telling.meet("customer_update", at)
    priority = telling.state.priority or telling.terms.policy.default_priority
    if telling.state.over or "customer_update" not in telling.state.deadlines:
        return
    for target in telling.terms.policy.targets(priority):
        if target.kind == "customer_update":
            promised = None if event.next_update_at is None else to_micros(event.next_update_at)
            # On-call may speak before the ticket counts as received; the clock does not run then (R8, R16).
            since = max(at, telling.state.base.received)
            telling.start(target, Base(since, since), promised)


def _last_update(state: State, base: Base) -> Base:
    """Updates are counted from the last one, when it came after what the clocks count from."""
    if state.updated is None or state.updated < base.received:
        return base
    return Base(state.updated, state.updated)


def _effective(policy: Policy, priority: Priority | None) -> Priority | None:
    return priority or policy.default_priority
