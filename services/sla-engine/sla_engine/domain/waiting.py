"""Waiting for the customer: what stands still meanwhile, what is dropped and begins anew (R11, R16)."""

from shared.events.sla import DeadlineResumed
from shared.events.ticket import CommentAdded, CustomerQuestioned
from sla_engine.domain import waits
from sla_engine.domain.clock import Base, begun, compute
from sla_engine.domain.facts import is_public_word
from sla_engine.domain.instants import Micros, from_micros, to_micros
from sla_engine.domain.state import Tracked
from sla_engine.domain.telling import Telling


def asked(telling: Telling, event: CustomerQuestioned, at: Micros) -> None:
    """Asking is a public word; from then on the clocks that can be paused stand still.

    Asking again while waiting is a word, and changes nothing about the wait.
    """
    telling.settle(at)
    if is_public_word(event):
        telling.meet("response", at)
        telling.meet("customer_update", at)
    if telling.state.over or telling.state.waiting:
        return
    for kind in tuple(telling.state.deadlines):
        if kind in telling.terms.policy.suspends:
            telling.cancel(kind, "waiting", at)
        else:
            telling.pause(kind, at)
    telling.note(pauses=waits.begun(telling.state.pauses, at))


def resumed(telling: Telling, at: Micros) -> None:
    """The wait, if there was one, is over: what stood still goes on with what was left of it."""
    if not telling.state.waiting:
        return
    telling.settle(at)
    telling.note(pauses=waits.ended(telling.state.pauses, at))
    for deadline in tuple(telling.state.deadlines.values()):
        if deadline.status == "paused":
            telling.tell(_going_on(telling, deadline, at))
    policy, state = telling.terms.policy, telling.state
    if not state.over:
        for target in policy.targets(state.priority):
            if target.kind in policy.suspends:
                since = max(at, begun(state.base, target))
                telling.start(target, Base(since, since))


def next_update(telling: Telling, event: CommentAdded, at: Micros) -> None:
    """The customer has been told: the next update is due in full, or when it was promised (R16)."""
    telling.meet("customer_update", at)
    policy, state = telling.terms.policy, telling.state
    suspended = state.waiting and "customer_update" in policy.suspends
    if state.over or suspended or "customer_update" not in state.deadlines:
        return
    for target in policy.targets(policy.effective(state.priority)):
        if target.kind == "customer_update":
            promised = None if event.next_update_at is None else to_micros(event.next_update_at)
            # On-call may speak before the clock counts (R8, R16).
            since = max(at, begun(state.base, target))
            telling.start(target, Base(since, since), promised)


def _going_on(telling: Telling, deadline: Tracked, at: Micros) -> DeadlineResumed:
    """With its marks reckoned anew, every wait replayed; as they stood where the policy knows it no more."""
    policy, state = telling.terms.policy, telling.state
    due, warn, soft = deadline.due, deadline.warn, deadline.soft
    target = policy.target(deadline.kind, state.priority)
    if target is not None:
        found = compute(policy, telling.terms.calendar, state.base_of(deadline), target, state.pauses)
        due, warn, soft = found.due, found.warn, found.soft
    return DeadlineResumed(
        deadline_id=deadline.id,
        kind=deadline.kind,
        resumed_at=from_micros(at),
        due_at=from_micros(due),
        warn_at=None if warn is None else from_micros(warn),
        soft_due_at=None if soft is None else from_micros(soft),
        internal=deadline.internal,
    )
