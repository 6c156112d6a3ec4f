"""The clock of a post-incident review: a point in time that was set, of support's own (R20).

It begins with the ticket's closing: nothing that ends the ticket's other clocks ends it, nothing pauses it,
and no opening hours move it.
"""

from typing import Final, assert_never

from shared.events.review import ReviewAssigned, ReviewCompleted, ReviewEvent, ReviewOpened, ReviewWithdrawn
from sla_engine.domain.clock import Deadline
from sla_engine.domain.instants import Micros, to_micros, up_to_second
from sla_engine.domain.policy import Kind, warn_after
from sla_engine.domain.telling import Telling

REVIEW: Final[Kind] = "review"


def reviewed(telling: Telling, event: ReviewEvent, at: Micros) -> None:
    """Start, replace, meet or cancel the review's deadline."""
    telling.settle(at, REVIEW)
    match event:
        case ReviewOpened():
            _begin(telling, to_micros(event.due_at), at)
        case ReviewAssigned():
            if event.due_at != event.previous_due_at:
                telling.disprove(REVIEW, at)
                _begin(telling, to_micros(event.due_at), at)
        case ReviewCompleted():
            telling.meet(REVIEW, at)
        case ReviewWithdrawn():
            telling.cancel(REVIEW, event.reason, at)
        case _:
            assert_never(event)


def _begin(telling: Telling, due: Micros, at: Micros) -> None:
    """Warned at its share of the time until `due`, as an agreed date is (R13)."""
    warn = at + warn_after(max(0, due - at), telling.terms.policy.warn_percent)
    found = Deadline(REVIEW, due, min(up_to_second(warn), due), "aim", at, elapsed=True)
    telling.begin(found, internal=True)
