"""What this service says upon a fact. Pure: instants and ids come from the causes themselves.

An automatic move is a floor, once per cause. A ticket goes down only when evidence takes a cause away that
had moved it: a breach retracted, or an end that turns out to have come in time.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import NamedTuple
from uuid import UUID

from escalation.domain.causes import FIRST_LINE, Cause, alert_causes, causes, lines_after
from escalation.domain.routing import Routing, evolve, observe, team_of, weigh
from shared.events.envelope import Recorded
from shared.events.escalation import (
    EscalationEvent,
    ServiceManagerAlerted,
    TicketEscalated,
    TicketRouted,
)


class Decided(NamedTuple):
    """An event to append; `at` is when its cause happened, `cause` the event that it follows from."""

    at: datetime
    cause: UUID
    event: EscalationEvent


def react(routing: Routing, *facts: Recorded) -> tuple[Routing, Sequence[Decided]]:
    """Hear `facts` of one ticket, at least one, then decide, and take in what was decided."""
    heard = reduce(observe, facts, routing)
    decided = decide(routing, heard, facts[-1])
    state = heard
    for step in decided:
        state = evolve(state, step.event)
    if state.opening is not None:
        state = weigh(state, tuple(cause.id for cause in causes(state, state.opening.contract)))
    return state, decided


def decide(before: Routing, after: Routing, fact: Recorded) -> Sequence[Decided]:
    """What follows, when `fact` came last from `before` to `after`. Nothing before the ticket is known."""
    if after.opening is None:
        return []
    contract = after.opening.contract
    decided: list[Decided] = []
    line = after.line
    if line == 0:
        line = FIRST_LINE
        routed = TicketRouted(line=line, team=team_of(line))
        decided.append(Decided(after.opening.at, after.opening.event, routed))
    ordered = causes(after, contract)
    lines = lines_after(ordered, contract)
    target = lines[-1] if lines else FIRST_LINE
    fresh = [cause for cause in ordered if cause.id not in after.weighed]
    for cause, reached in zip(ordered, lines, strict=True):
        # The last fresh cause also carries the ticket as far as older causes, seen anew, now reach.
        to_line = target if fresh and cause == fresh[-1] else reached
        if cause in fresh and to_line > line:
            decided.append(_escalated(cause, line, to_line))
            line = to_line
    if line > target and (gone := _taken_away(before, ordered)):
        # The evidence may be older than the move that it takes back.
        at = max(fact.time, *(cause.since for cause in gone))
        decided.append(Decided(at, fact.id, TicketRouted(line=target, team=team_of(target))))
    for alert in alert_causes(after, contract):
        if alert.id not in after.alerted:
            told = ServiceManagerAlerted(reason=alert.reason, cause_id=alert.id, priority=alert.priority)
            decided.append(Decided(alert.at, alert.event, told))
    return decided


def _escalated(cause: Cause, from_line: int, to_line: int) -> Decided:
    moved = TicketEscalated(
        from_line=from_line, to_line=to_line, team=team_of(to_line), cause=cause.kind, cause_id=cause.id
    )
    return Decided(cause.since, cause.event, moved)


def _taken_away(before: Routing, now_in_force: Sequence[Cause]) -> list[Cause]:
    if before.opening is None:
        return []
    in_force = {cause.id for cause in now_in_force}
    return [cause for cause in causes(before, before.opening.contract) if cause.id not in in_force]
