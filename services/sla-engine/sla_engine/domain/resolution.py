"""A resolution date agreed with the customer (R10), and a solution that did not hold (R15)."""

from shared.events.ticket import ResolutionDateAgreed
from sla_engine.domain.clock import Agreed, agreed_date, received
from sla_engine.domain.instants import Micros, to_micros
from sla_engine.domain.policy import Kind
from sla_engine.domain.telling import Telling

_BEGIN_AGAIN: frozenset[Kind] = frozenset({"resolution", "customer_update"})


def agreed(telling: Telling, event: ResolutionDateAgreed, at: Micros) -> None:
    """The date takes the place of whatever resolution deadline is open; after a breach it is a new one.

    A date that does not lie after the agreement is none; whoever accepts agreements refuses it.
    """
    telling.settle(at)
    due = to_micros(event.due_at)
    if telling.state.over or due <= at:
        return
    telling.disprove("resolution", at)
    telling.begin(agreed_date(telling.terms.policy, Agreed(due, at)), internal=False)


def reopened(telling: Telling, at: Micros) -> None:
    """The solution and the updates are due in full again, as if registered now; nothing else is."""
    telling.settle(at)
    base = received(telling.terms.calendar, at)
    telling.note(over=False, base=base, pauses=())
    for target in telling.terms.policy.targets(telling.state.priority):
        if target.kind in _BEGIN_AGAIN:
            telling.start(target, base)
