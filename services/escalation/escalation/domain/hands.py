"""What people in support do with a ticket: take it, give it, hand it up, lay it back (R17).

A move by hand sets the line. Pure: the instant and the command's id are handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from escalation.domain.decisions import Decided
from escalation.domain.routing import Routing, contract_at, status
from escalation.domain.teams import FIRST_LINE, Teams
from escalation.domain.timeline import timeline
from shared.errors import Conflict, NotFound, Rejected, Transient
from shared.events.escalation import (
    EscalationEvent,
    OnCallAcknowledged,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
)
from shared.events.people import Actor


@dataclass(frozen=True, slots=True)
class Assign:
    """Let `assignee` have the ticket, or nobody; on `line`, where one is named."""

    by: Actor
    assignee: str | None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Escalate:
    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class Return:
    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Take an alert on, so that nobody else is woken for it."""

    by: Actor
    alert_id: str


Command = Acknowledge | Assign | Escalate | Return


def decide(
    command: Command, routing: Routing, command_id: UUID, now: datetime, teams: Teams
) -> Sequence[Decided]:
    """The events that follow. Raises NotFound, Rejected, Conflict, and Transient while a state is rebuilt."""
    if routing.line == 0:
        raise NotFound("not-found", "There is no such ticket, or it has not been routed yet.")
    if routing.opening is None:
        raise Transient("routing-rebuilding", "This ticket's routing is being read anew; try again shortly.")
    standing = timeline(routing, routing.opening, teams).standing
    last = contract_at(routing, routing.opening).lines

    def team(line: int) -> str:
        return teams.team_of(line, standing.category)

    events: list[EscalationEvent]
    match command:
        case Assign(by=by, assignee=assignee, line=named):
            _refuse(routing, "assigned", "closed")
            if named is not None and not FIRST_LINE <= named <= last:
                raise Rejected("no-such-line", f"This ticket's contract has lines 1 to {last}.", "/line")
            line = routing.line if named is None else named
            if line == routing.line and assignee == routing.assignee:
                return []
            moved = {} if named is None else {"moved": True}
            events = [TicketAssigned(line=line, team=team(line), by=by, assignee=assignee, **moved)]
        case Escalate(by=by, reason=reason):
            _refuse(routing, "escalated", "resolved", "closed")
            if routing.line >= last:
                raise Conflict("last-line", f"The ticket is on line {routing.line}, its contract's last.")
            line = routing.line + 1
            events = [
                TicketEscalated(
                    from_line=routing.line,
                    to_line=line,
                    team=team(line),
                    cause="manual",
                    cause_id=str(command_id),
                    by=by,
                    reason=reason,
                )
            ]
        case Return(by=by, reason=reason):
            _refuse(routing, "returned", "closed")
            if routing.line == FIRST_LINE:
                raise Conflict("on-first-line", "The ticket is on line 1 already.")
            first = team(FIRST_LINE)
            events = [
                TicketReturned(from_line=routing.line, to_line=FIRST_LINE, team=first, by=by, reason=reason)
            ]
            if routing.assignee is not None:
                # Whoever had it on the other line has it no more: said outright, for all who listen.
                events.append(TicketAssigned(line=FIRST_LINE, team=first, by=by, assignee=None))
        case Acknowledge(by=by, alert_id=alert_id):
            if not any(alert.alert_id == alert_id for alert in routing.open_alerts):
                return []
            acknowledged = OnCallAcknowledged(alert_id=alert_id, by=by)
            return [Decided(_after_all_known(routing, now), alert_id, acknowledged, "0")]
        case _:
            assert_never(command)
    at = _after_all_known(routing, now)
    return [Decided(at, command_id, event) for event in events]


def _refuse(routing: Routing, what: str, *statuses: str) -> None:
    if (life := status(routing)) in statuses:
        raise Conflict(f"ticket-{life}", f"A {life} ticket cannot be {what}; reopen it first.")


def _after_all_known(routing: Routing, now: datetime) -> datetime:
    """Clocks may step back; a person answers to what this service knew, and so comes after it."""
    known = [hand.at for hand in routing.hands] + [turn.at for turn in routing.turns]
    known += [held.at for held in routing.priorities]
    known += [held.at for held in routing.categories]
    known += [held.at for held in routing.contracts]
    known += [breach.since for breach in routing.breaches]
    return max([now, *known])
