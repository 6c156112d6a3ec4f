"""What this service says upon a fact. Pure: instants and ids come from the causes themselves.

A ticket goes down by itself only when the facts say otherwise than before: a breach retracted, an end that
turns out to have come in time, a category, a contract with fewer lines. Nothing said is rewritten.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import NamedTuple
from uuid import UUID

from escalation.domain import on_call
from escalation.domain.causes import CATEGORY, Cause, alert_causes, causes
from escalation.domain.hearing import observe
from escalation.domain.routing import Opening, Routing
from escalation.domain.saying import evolve, hush, weigh
from escalation.domain.teams import FIRST_LINE, UNNAMED, Teams
from escalation.domain.timeline import Step, Timeline, timeline
from shared.events.envelope import Recorded
from shared.events.escalation import (
    EscalationEvent,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketRouted,
)
from shared.events.people import SYSTEM


class Decided(NamedTuple):
    """An event to append; `at` is when its cause happened, `cause` what its id follows from."""

    at: datetime
    cause: UUID | str
    event: EscalationEvent
    ordinal: int | str = 0


def react(
    routing: Routing,
    *facts: Recorded,
    teams: Teams = UNNAMED,
    now: datetime | None = None,
    live: bool = True,
) -> tuple[Routing, Sequence[Decided]]:
    """Hear `facts` of one ticket, at least one, then decide, and take in what was decided.

    `now` is the database's time, without it the last fact's. Unless `live`, nobody is alerted: not now, and
    not of these facts later.
    """
    heard = reduce(observe, facts, routing)
    if heard.opening is None:
        return heard, []
    decided = list(_moves(routing, heard, heard.opening, facts[-1], teams))
    state = reduce(_evolved, decided, heard)
    alerts = _alerts(state, heard.opening)
    alerts += [_of_alert(due) for due in on_call.first(state, heard.opening, teams, now or facts[-1].time)]
    for alert in alerts:
        state = _evolved(state, alert) if live else hush(state, alert.event)
    decided += alerts if live else ()
    for answer in map(_of_alert, on_call.answers(state)):
        state = _evolved(state, answer)
        decided.append(answer)
    told = tuple(alert.id for alert in alert_causes(state, heard.opening))
    return weigh(state, tuple(cause.id for cause in causes(state, heard.opening)), told), decided


def take(
    routing: Routing, steps: Sequence[Decided], teams: Teams = UNNAMED
) -> tuple[Routing, Sequence[Decided]]:
    """Take in what was decided otherwise, by a person or by a timer, and whatever that puts right.

    A person's move that turns out to be older than something known already does not undo that.
    """
    decided = list(steps)
    state = reduce(_evolved, steps, routing)
    if routing.opening is None or not steps:
        return state, decided
    was, now = (timeline(known, routing.opening, teams) for known in (routing, state))
    if was.standing.line == routing.line:
        for step in _corrections(state, was, now, _Upon(steps[-1].at, steps[-1].cause), teams):
            state = _evolved(state, step)
            decided.append(step)
    for answer in map(_of_alert, on_call.answers(state)):
        state = _evolved(state, answer)
        decided.append(answer)
    return state, decided


class _Upon(NamedTuple):
    """What a correction follows from."""

    at: datetime
    cause: UUID | str


def _moves(before: Routing, after: Routing, opening: Opening, fact: Recorded, teams: Teams) -> list[Decided]:
    """What carries the ticket from where this service last said it stands to where it stands."""
    now = timeline(after, opening, teams)
    was = timeline(before, before.opening, teams) if before.opening is not None else None
    decided: list[Decided] = []
    if after.line == 0:
        team = teams.team_of(FIRST_LINE)
        decided.append(Decided(opening.at, opening.event, TicketRouted(line=FIRST_LINE, team=team)))
    decided += _by_causes(after, now, teams)
    said = reduce(_evolved, decided, after)
    # While a rebuilt state has not heard everything again, it cannot tell what was taken away.
    in_step = was is not None and was.standing.line == before.line
    if in_step or after.line == 0:
        decided += _corrections(said, was, now, _Upon(fact.time, fact.id), teams)
    return decided


def _by_causes(after: Routing, now: Timeline, teams: Teams) -> list[Decided]:
    fresh = [step for step in now.steps if step.cause.id not in after.weighed]
    line, assignee, decided = max(after.line, FIRST_LINE), after.assignee, list[Decided]()
    for step in fresh:
        # The last fresh cause also carries the ticket as far as older causes, seen anew, now reach.
        last = step is fresh[-1]
        if step.overruled and not last:
            continue
        to_line = now.standing.line if last else step.after.line
        if to_line > line:
            decided.append(moved := _moved_up(step, line, to_line, teams))
            if assignee is not None and isinstance(moved.event, TicketRouted):
                decided.append(_freed(moved, moved.event))
            line, assignee = to_line, None
    return decided


def _moved_up(step: Step, from_line: int, to_line: int, teams: Teams) -> Decided:
    cause, team = step.cause, teams.team_of(to_line, step.after.category)
    if cause.kind == CATEGORY:
        return Decided(cause.since, cause.event, TicketRouted(line=to_line, team=team))
    moved = TicketEscalated(
        from_line=from_line, to_line=to_line, team=team, cause=cause.kind, cause_id=cause.told
    )
    return Decided(cause.since, cause.event, moved)


def _freed(moved: Decided, routed: TicketRouted) -> Decided:
    """Whoever had it on the lower line has it no more: said outright, for all who listen."""
    nobody = TicketAssigned(line=routed.line, team=routed.team, by=SYSTEM, assignee=None)
    return Decided(moved.at, moved.cause, nobody, "freed")


def _corrections(
    said: Routing, was: Timeline | None, now: Timeline, upon: _Upon, teams: Teams
) -> list[Decided]:
    standing, decided = now.standing, list[Decided]()
    team = standing.team(teams)
    other_team = (was is None or was.standing.team(teams) != team) and said.team != team
    if standing.line != said.line or other_team:
        # The evidence may be older than the move that it takes back.
        gone = _gone(was, now)
        at = max([upon.at, *(cause.since for cause in gone)])
        routed = TicketRouted(line=standing.line, team=team)
        decided.append(Decided(at, upon.cause, routed, "again"))
        said = evolve(said, routed, at)
    if standing.assignee != said.assignee:
        kept = TicketAssigned(line=standing.line, team=team, by=SYSTEM, assignee=standing.assignee)
        decided.append(Decided(upon.at, upon.cause, kept, "again"))
    return decided


def _gone(was: Timeline | None, now: Timeline) -> list[Cause]:
    in_force = {step.cause.id for step in now.steps}
    return [step.cause for step in (was.steps if was else ()) if step.cause.id not in in_force]


def _evolved(routing: Routing, step: Decided) -> Routing:
    return evolve(routing, step.event, step.at)


def _of_alert(due: on_call.Due) -> Decided:
    return Decided(due.at, due.alert_id, due.event, due.ordinal)


def _alerts(after: Routing, opening: Opening) -> list[Decided]:
    return [
        Decided(
            alert.at,
            alert.event,
            ServiceManagerAlerted(reason=alert.reason, cause_id=alert.told, priority=alert.priority),
        )
        for alert in alert_causes(after, opening)
        if alert.id not in after.alerted
    ]
