"""A ticket's routing as it is answered, folded from this service's own stream."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from escalation.domain.routing import Routing, evolve, team_of
from shared.events.envelope import Recorded
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated, TicketRouted
from shared.runtime.instants import Instant


class Step(BaseModel):
    """One entry of the history. `at` is when its cause happened; `recorded_at` when it was written."""

    version: int
    type: str
    at: Instant
    recorded_at: Instant
    line: int | None = None
    from_line: int | None = None
    team: str | None = None
    cause: str | None = None
    cause_id: str | None = None
    reason: str | None = None


class CustomerStep(BaseModel):
    """The ticket came to stand on `line`."""

    type: str
    at: Instant
    line: int


class CustomerRoutingView(BaseModel):
    """The line, and how the ticket came there. Teams, causes and alerts are support's own."""

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
    routing = Routing()
    for event in history:
        routing = evolve(routing, event.data)
    return RoutingView(
        ticket=history[0].subject,
        line=routing.line,
        team=team_of(routing.line),
        assignee=None,
        version=history[-1].version,
        history=[_step(event) for event in history],
    )


def customer_view(view: RoutingView) -> CustomerRoutingView:
    """Of `view` what a customer is shown: built from what is allowed, so that a new field stays hidden."""
    moves = [
        CustomerStep(type=step.type, at=step.at, line=step.line)
        for step in view.history
        if step.line is not None
    ]
    return CustomerRoutingView(ticket=view.ticket, line=view.line, version=view.version, history=moves)


def _step(event: Recorded) -> Step:
    return Step(
        version=event.version, type=event.type, at=event.time, recorded_at=event.recorded_at, **_told(event)
    )


def _told(event: Recorded) -> dict[str, Any]:
    match event.data:
        case TicketRouted(line=line, team=team):
            return {"line": line, "team": team}
        case TicketEscalated() as moved:
            return {
                "line": moved.to_line,
                "from_line": moved.from_line,
                "team": moved.team,
                "cause": moved.cause,
                "cause_id": moved.cause_id,
            }
        case ServiceManagerAlerted(reason=reason, cause_id=cause_id):
            return {"reason": reason, "cause_id": cause_id}
        case _:
            return {}
