"""What a ticket's events do to its deadlines: start, meet, pause, recompute, cancel (R0, R9–R17).

Judged by event time: first whatever had fallen due before the event is told, then what the event does. So the
history comes out the same whether the engine was on time or hours behind.
"""

from datetime import datetime
from typing import assert_never

from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned, TicketRouted
from shared.events.review import ReviewEvent
from shared.events.sla import SlaEvent
from shared.events.ticket import (
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    ResolutionExpected,
    SupplierAwaited,
    SurveyAnswered,
    TicketCategorised,
    TicketClosed,
    TicketMerged,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)
from sla_engine.domain import recomputing, resolution, reviews, waiting
from sla_engine.domain.facts import FIRST_LINE, Happening, Move, is_public_word, leaves_first_line
from sla_engine.domain.instants import Micros, to_micros
from sla_engine.domain.policy import Kind
from sla_engine.domain.state import State
from sla_engine.domain.telling import Telling
from sla_engine.domain.terms import Terms

_CANCELLED_BY_RESOLVING: frozenset[Kind] = frozenset({"customer_update", "line_limit"})


def start(terms: Terms, state: State, event: TicketOpened, now: datetime) -> list[SlaEvent]:
    """The deadlines of a ticket just opened (R9), as `facts.opened` has it.

    A caller whom support itself registers has been answered by that, save on the highest priority (R0).
    """
    telling = Telling(terms, state, to_micros(event.registered_at), to_micros(now))
    for target in terms.policy.targets(event.priority):
        telling.start(target, state.base)
    answered = terms.policy.answered_on_registration
    if state.answered is not None and terms.policy.effective(event.priority) in answered:
        telling.meet("response", state.answered)
    telling.settle(to_micros(event.registered_at))
    return telling.events


def react(terms: Terms, state: State, event: Happening, at: datetime, now: datetime) -> list[SlaEvent]:
    """What follows from `event`, which happened at `at` and is handled at `now` (the database's time).

    `state` is the ticket before the event, `terms` what holds after it; the caller folds the event itself
    with `facts.observe`.
    """
    instant = to_micros(at)
    telling = Telling(terms, state, instant, to_micros(now))
    match event:
        case TicketPrioritised():
            recomputing.prioritised(telling, event, instant)
        case ContractChanged():
            recomputing.contract_changed(telling, instant)
        case CommentAdded():
            _said(telling, event, instant)
        case CustomerQuestioned():
            waiting.asked(telling, event, instant)
        case CustomerAnswered():
            waiting.resumed(telling, instant)
        case WorkStarted():
            _work_started(telling, instant)
        case ResolutionDateAgreed():
            resolution.agreed(telling, event, instant)
        case TicketResolved():
            _resolved(telling, instant)
        case TicketClosed():
            _closed(telling, instant)
        case TicketReopened():
            resolution.reopened(telling, instant)
        case TicketEscalated() | TicketRouted() | TicketAssigned():
            if leaves_first_line(event) and not _was_beyond(state, event) and not _by_limit(state, event):
                telling.meet("line_limit", instant)
        case TicketReturned():
            # It came from beyond line 1, and no limit runs any more (R17), whatever had been heard of that;
            # one that had passed by then has been breached all the same.
            telling.settle(instant, "line_limit")
            telling.cancel("line_limit", "returned", instant)
        case told if isinstance(told, ReviewEvent):
            reviews.reviewed(telling, told, instant)
        case (
            TicketOpened()
            | TicketCategorised()
            | SupplierAwaited()
            | ResolutionExpected()
            | ClosureRequested()
            | TicketMerged()
            | TicketSplit()
            | SurveyAnswered()
        ):
            pass
        case _:
            assert_never(event)
    return telling.events


def _was_beyond(state: State, event: Move) -> bool:
    """Whether the ticket stood beyond line 1 before it: line 1 is left once (R17)."""
    return event.from_line > FIRST_LINE if isinstance(event, TicketEscalated) else state.left_first_line


def _by_limit(state: State, event: Move) -> bool:
    """Whether the line limit's own breach moved the ticket: that undoes no breach."""
    limit = state.deadlines.get("line_limit")
    return isinstance(event, TicketEscalated) and limit is not None and event.cause_id == limit.id


def _said(telling: Telling, event: CommentAdded, at: Micros) -> None:
    if is_public_word(event):
        telling.settle(at)
        telling.meet("response", at)
        waiting.next_update(telling, event, at)


def _work_started(telling: Telling, at: Micros) -> None:
    telling.settle(at)
    waiting.resumed(telling, at)
    telling.meet("work_started", at)
    policy = telling.terms.policy
    if policy.effective(telling.state.priority) in policy.work_is_a_response:
        telling.meet("response", at)


def _resolved(telling: Telling, at: Micros) -> None:
    telling.settle(at)
    for kind in _of_ticket(telling):
        if kind in _CANCELLED_BY_RESOLVING:
            telling.cancel(kind, "resolved", at)
        else:
            telling.meet(kind, at)


def _closed(telling: Telling, at: Micros) -> None:
    telling.settle(at)
    for kind in _of_ticket(telling):
        telling.cancel(kind, "closed", at)


def _of_ticket(telling: Telling) -> list[Kind]:
    """The kinds that end with the ticket, and not with its review."""
    return [kind for kind in telling.state.deadlines if kind != reviews.REVIEW]
