"""A changed priority, or another contract, sets every open clock anew (R10, R12)."""

from collections.abc import Iterable

from shared.events.ticket import TicketPrioritised
from sla_engine.domain.clock import Base, begun, received
from sla_engine.domain.instants import Micros
from sla_engine.domain.policy import Kind, Target, more_urgent
from sla_engine.domain.state import State
from sla_engine.domain.telling import Telling


def prioritised(telling: Telling, event: TicketPrioritised, at: Micros) -> None:
    """Support's word ends triage; a changed priority recomputes what runs and starts what is new."""
    state, policy = telling.state, telling.terms.policy
    telling.settle(at)
    if event.by.is_support_person:
        telling.meet("triage", at)
    was, becomes = policy.effective(state.priority), policy.effective(event.priority)
    if state.over or was == becomes:
        return
    telling.note(priority=event.priority)
    targets = [target for target in policy.targets(event.priority) if target.kind != "triage"]
    base = state.base if event.basis == "correction" else Base(at, at)
    # The triage of a ticket that only its customer prioritised goes on.
    keeps: set[Kind] = {"triage"}
    if _agreed_date_stands(telling, at) and not more_urgent(becomes, was):
        keeps.add("resolution")
    _recompute(telling, targets, base, at, reason="priority", keeps=keeps)


def contract_changed(telling: Telling, at: Micros) -> None:
    """The telling's terms are the new contract's: received is derived from registration under them."""
    telling.settle(at)
    state, terms = telling.state, telling.terms
    base = received(terms.calendar, state.base.registered)
    telling.note(policy=terms.policy.name, policy_version=terms.policy.version, base=base)
    if state.over:
        return
    keeps: set[Kind] = {"resolution"} if _agreed_date_stands(telling, at) else set()
    targets = list(terms.policy.targets(state.priority))
    triage = terms.policy.target("triage", state.priority)
    if triage is not None and triage not in targets and "triage" in state.deadlines:
        # Only its customer has prioritised the ticket: support still owes its own word.
        targets.append(triage)
    _recompute(telling, targets, base, at, reason="contract", keeps=keeps)


def _recompute(
    telling: Telling, targets: Iterable[Target], base: Base, at: Micros, *, reason: str, keeps: set[Kind]
) -> None:
    state, policy = telling.state, telling.terms.policy
    wanted = {target.kind: target for target in targets if target.kind not in keeps}
    for kind, deadline in tuple(state.deadlines.items()):
        # A date agreed under other terms, or a review's, stands until there is one to take its place.
        stands = kind == "review" or (deadline.agreed and deadline.is_open)
        if kind not in wanted and kind not in keeps and not stands:
            telling.cancel(kind, reason, at)
    for kind, target in wanted.items():
        if state.waiting and kind in policy.suspends:
            continue
        disproved = telling.disprove(kind, at)
        known = telling.state.deadlines.get(kind)
        # Left for good (R17), unless the move was taken back and the limit still runs.
        left = state.left_first_line and not disproved and not (known is not None and known.is_open)
        if kind == "line_limit" and left:
            continue
        if known is None or known.is_open:
            telling.start(target, _last_update(state, base, target) if kind == "customer_update" else base)
            _judge(telling, kind, base, at)


def _judge(telling: Telling, kind: Kind, base: Base, at: Micros) -> None:
    """Hold the new deadline against what had been done before the change; else it may be past already.

    A response is asked for anew where the clock counts from the change (`worsened`); begun work has begun.
    """
    state, policy = telling.state, telling.terms.policy
    priority = policy.effective(state.priority)
    done: list[Micros | None] = []
    if kind == "work_started":
        done = [state.worked]
    elif kind == "triage":
        done = [state.triaged]
    elif kind == "response":
        answers = [
            state.answered if priority in policy.answered_on_registration else None,
            state.worked if priority in policy.work_is_a_response else None,
            state.spoken,
        ]
        done = [instant for instant in answers if instant is not None and instant >= base.registered]
    first = min((instant for instant in done if instant is not None), default=None)
    if first is not None:
        telling.meet(kind, first)
    telling.settle(at, kind)


def _agreed_date_stands(telling: Telling, at: Micros) -> bool:
    """Whether the resolution was agreed and had not ended by `at`; a breach told too early is taken back."""
    resolution = telling.state.deadlines.get("resolution")
    if resolution is None or not resolution.agreed:
        return False
    telling.disprove("resolution", at)
    return telling.state.deadlines["resolution"].is_open


def _last_update(state: State, base: Base, target: Target) -> Base:
    """Updates are counted from the last one, when it came after what the clocks count from."""
    if state.updated is None or state.updated < begun(base, target):
        return base
    return Base(state.updated, state.updated)
