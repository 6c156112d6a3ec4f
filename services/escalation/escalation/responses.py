"""A ticket's routing as it is answered, folded from this service's own stream."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from escalation.work import fold
from shared.events.envelope import Event, Recorded
from shared.events.escalation import (
    OnCallAcknowledged,
    OnCallAlerted,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
    TicketRouted,
)
from shared.events.people import Actor
from shared.runtime.instants import Instant


class Who(BaseModel):
    """Who did it, by a pseudonymous id."""

    id: str
    party: str
    role: str


class Step(BaseModel):
    """One entry of the history. `at` is when its cause happened; `recorded_at` when it was written."""

    version: int
    type: str
    at: Instant
    recorded_at: Instant
    line: int | None = None
    from_line: int | None = None
    team: str | None = None
    assignee: str | None = None
    cause: str | None = None
    cause_id: str | None = None
    reason: str | None = None
    by: Who | None = None
    alert_id: str | None = None
    level: int | None = None
    attempt: int | None = None
    person: str | None = None
    acknowledge_by: Instant | None = None


class CustomerStep(BaseModel):
    """The ticket came to stand on `line`."""

    type: str
    at: Instant
    line: int


class CustomerRoutingView(BaseModel):
    """The line, and how the ticket came there. Teams, causes, people and alerts are support's own."""

    ticket: UUID
    line: int
    version: int
    history: list[CustomerStep]


class RoutingView(BaseModel):
    """Who holds the ticket. `assignee` is a person's id, null while it is the whole team's."""

    ticket: UUID
    line: int
    team: str
    assignee: str | None
    version: int
    history: list[Step]


def routing_view(history: Sequence[Recorded]) -> RoutingView:
    """The view of a stream that has at least one event."""
    routing = fold(history)
    return RoutingView(
        ticket=history[0].subject,
        line=routing.line,
        team=routing.team,
        assignee=routing.assignee,
        version=history[-1].version,
        history=[_step(event) for event in history],
    )


class AlertView(BaseModel):
    """An alert, and who took it on. `version` is that of the ticket's routing."""

    alert_id: str
    ticket: UUID
    acknowledged_at: Instant | None
    acknowledged_by: Who | None
    version: int


def alert_view(alert_id: str, history: Sequence[Recorded]) -> AlertView:
    """The view of an alert from its ticket's stream."""
    answer = next((e for e in history if _answers(e.data, alert_id)), None)
    by = _who(answer.data.by) if answer and isinstance(answer.data, OnCallAcknowledged) else None
    return AlertView(
        alert_id=alert_id,
        ticket=history[0].subject,
        acknowledged_at=answer.time if answer else None,
        acknowledged_by=by,
        version=history[-1].version,
    )


def _answers(event: Event, alert_id: str) -> bool:
    return isinstance(event, OnCallAcknowledged) and event.alert_id == alert_id


def customer_view(view: RoutingView) -> CustomerRoutingView:
    """Of `view` what a customer is shown: built from what is allowed, so that a new field stays hidden.

    An assigning that leaves the line alone is no step of it, and neither is another team on the same line.
    """
    moves: list[CustomerStep] = []
    for step in view.history:
        if step.line is not None and (not moves or moves[-1].line != step.line):
            moves.append(CustomerStep(type=step.type, at=step.at, line=step.line))
    return CustomerRoutingView(ticket=view.ticket, line=view.line, version=view.version, history=moves)


def _step(event: Recorded) -> Step:
    return Step(
        version=event.version,
        type=event.type,
        at=event.time,
        recorded_at=event.recorded_at,
        **_told(event.data),
    )


def _told(event: Event) -> dict[str, Any]:
    match event:
        case TicketRouted(line=line, team=team):
            return {"line": line, "team": team}
        case TicketAssigned(line=line, team=team, assignee=assignee, by=by):
            return {"line": line, "team": team, "assignee": assignee, "by": _who(by)}
        case TicketEscalated() as moved:
            told: dict[str, Any] = {
                "line": moved.to_line,
                "from_line": moved.from_line,
                "team": moved.team,
                "cause": moved.cause,
                "cause_id": moved.cause_id,
            }
            if isinstance(moved.by, Actor):
                told["by"] = _who(moved.by)
            if isinstance(moved.reason, str):
                told["reason"] = moved.reason
            return told
        case TicketReturned() as back:
            return {
                "line": back.to_line,
                "from_line": back.from_line,
                "team": back.team,
                "by": _who(back.by),
                "reason": back.reason,
            }
        case ServiceManagerAlerted(reason=reason, cause_id=cause_id):
            return {"reason": reason, "cause_id": cause_id}
        case OnCallAlerted() as alert:
            return {
                "alert_id": alert.alert_id,
                "team": alert.team,
                "level": alert.level,
                "attempt": alert.attempt,
                "reason": alert.reason,
                "cause_id": alert.cause_id,
                "person": alert.person,
                "acknowledge_by": alert.acknowledge_by,
            }
        case OnCallAcknowledged(alert_id=alert_id, by=by):
            return {"alert_id": alert_id, "by": _who(by)}
        case _:
            return {}


def _who(by: Actor) -> Who:
    return Who(id=by.id, party=by.party, role=by.role)
