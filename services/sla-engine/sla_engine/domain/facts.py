"""What happened to a ticket, as far as its clocks go by it."""

from datetime import datetime
from typing import assert_never

import msgspec

from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned, TicketRouted
from shared.events.review import ReviewEvent
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
    TicketEvent,
    TicketMerged,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)
from sla_engine.domain import waits
from sla_engine.domain.clock import received
from sla_engine.domain.instants import to_micros
from sla_engine.domain.state import State
from sla_engine.domain.terms import Terms

Move = TicketEscalated | TicketRouted | TicketAssigned
Happening = TicketEvent | Move | TicketReturned

FIRST_LINE = 1


def opened(terms: Terms, ticket: str, event: TicketOpened) -> State:
    """A ticket as it stands before any clock runs; a caller's earlier `reported_at` counts (R5).

    Support registers for a caller, who is answered by that (R0); what it splits off has no caller.
    """
    registered = to_micros(event.reported_at or event.registered_at)
    for_a_caller = event.by.is_support_person and not isinstance(event.split_from, str)
    return State(
        ticket=ticket,
        policy=terms.policy.name,
        policy_version=terms.policy.version,
        base=received(terms.calendar, registered),
        priority=event.priority,
        answered=registered if for_a_caller else None,
    )


def leaves_first_line(event: Move) -> bool:
    """Whether the ticket stands beyond line 1 after it, which ends its line limit for good (R17)."""
    return (event.to_line if isinstance(event, TicketEscalated) else event.line) > FIRST_LINE


def is_public_word(event: CommentAdded | CustomerQuestioned) -> bool:
    """Whether a person in support spoke to the customer; automatic confirmations never do (R0)."""
    if isinstance(event, CustomerQuestioned):
        return event.by.is_support_person
    return event.visibility == "public" and event.by.is_support_person and not event.automatic


def observe(terms: Terms, state: State, event: Happening, at: datetime) -> State:
    """The ticket's facts after `event`, which happened at `at`. `terms` are those that hold after it."""
    instant, changed = to_micros(at), msgspec.structs.replace
    match event:
        case TicketPrioritised():
            triaged = instant if state.triaged is None and event.by.is_support_person else state.triaged
            return changed(state, priority=event.priority, triaged=triaged)
        case WorkStarted():
            worked = instant if state.worked is None else state.worked
            return changed(state, worked=worked, pauses=waits.ended(state.pauses, instant))
        case CommentAdded() if is_public_word(event):
            return changed(state, updated=instant, spoken=state.spoken or instant)
        case CustomerQuestioned():
            if is_public_word(event):
                state = changed(state, updated=instant, spoken=state.spoken or instant)
            return state if state.over else changed(state, pauses=waits.begun(state.pauses, instant))
        case CustomerAnswered():
            return changed(state, pauses=waits.ended(state.pauses, instant))
        case TicketResolved() | TicketClosed():
            return changed(state, over=True, pauses=waits.ended(state.pauses, instant))
        case TicketReopened():
            # As if registered now (R15): former waits, and work, are of no account any more.
            base = received(terms.calendar, instant)
            return changed(state, over=False, base=base, pauses=(), worked=None)
        case ContractChanged():
            return changed(
                state,
                policy=terms.policy.name,
                policy_version=terms.policy.version,
                base=received(terms.calendar, state.base.registered),
            )
        case TicketEscalated() | TicketRouted() | TicketAssigned():
            return changed(state, left_first_line=state.left_first_line or leaves_first_line(event))
        case TicketReturned():
            return changed(state, left_first_line=True)
        case told if isinstance(told, ReviewEvent):
            return state
        case (
            TicketOpened()
            | TicketCategorised()
            | CommentAdded()
            | SupplierAwaited()
            | ResolutionDateAgreed()
            | ResolutionExpected()
            | ClosureRequested()
            | TicketMerged()
            | TicketSplit()
            | SurveyAnswered()
        ):
            return state
        case _:
            assert_never(event)
