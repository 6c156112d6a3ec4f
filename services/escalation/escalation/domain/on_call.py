"""Whom to wake, when, and until when (beredskap): an urgent ticket that comes outside support hours (R8).

An alert is repeated until somebody answers, then handed up level by level, at last to the service manager.
Who is late learns it late: after an outage nobody is passed over for an alert that never reached them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from escalation.domain.routing import (
    OpenAlert,
    Opening,
    PriorityHeld,
    Routing,
    Turn,
    contract_at,
    status,
)
from escalation.domain.teams import Person, Teams
from shared.events.escalation import EscalationEvent, OnCallAcknowledged, OnCallAlerted, ServiceManagerAlerted
from shared.events.ids import derived_id

NOBODY = "nobody_on_call"
UNANSWERED = "on_call_unanswered"


class Due(NamedTuple):
    """Something to tell of an alert; `ordinal` tells it from the alert's other events of its type."""

    at: datetime
    alert_id: str
    event: EscalationEvent
    ordinal: str


def alert_of(raised: UUID) -> str:
    """The id of the alert that follows from the fact by which the ticket became so urgent."""
    return str(derived_id(raised, "on-call"))


def first(routing: Routing, opening: Opening, teams: Teams, now: datetime) -> list[Due]:
    """The alert that is to go out, if there is one: once for each time that the ticket became so urgent, and
    not when somebody in support has begun with it since, nor once it has ended."""
    raised = _raised(routing)
    contract = contract_at(routing, opening)
    if raised is None or contract.priority_is_wish or raised.priority not in contract.escalate_at_once:
        return []
    alert_id = alert_of(raised.event)
    if raised.event not in routing.outside_hours or alert_id in routing.alerted:
        return []
    if status(routing) in ("resolved", "closed") or _answered_since(routing, raised.at):
        return []
    start = OpenAlert(alert_id=alert_id, team=routing.team, level=1, attempt=1, reason=raised.priority)
    return [_alert(start, NOBODY, raised.at, now, teams)]


def following(routing: Routing, alert: OpenAlert, due: datetime, now: datetime, teams: Teams) -> Due | None:
    """What follows when nobody had answered by `due`; None when the ticket has ended."""
    if status(routing) in ("resolved", "closed"):
        return None
    again = alert.attempt < teams.on_call.attempts
    level, attempt = (alert.level, alert.attempt + 1) if again else (alert.level + 1, 1)
    wanted = msgspec.structs.replace(alert, level=level, attempt=attempt)
    return _alert(wanted, UNANSWERED, due, now, teams)


def answers(routing: Routing) -> Sequence[Due]:
    """Open alerts that a person in support has answered by taking the ticket on."""
    if routing.acted is None:
        return []
    return [
        Due(
            routing.acted.at,
            alert.alert_id,
            OnCallAcknowledged(alert_id=alert.alert_id, by=routing.acted.by),
            "0",
        )
        for alert in routing.open_alerts
        if (raised := _cause(routing, alert)) is not None and _answered_since(routing, raised.at)
    ]


def _alert(wanted: OpenAlert, otherwise: str, due: datetime, now: datetime, teams: Teams) -> Due:
    patience = timedelta(seconds=teams.on_call.ack_within)
    at = due if now - due < patience else now
    level, attempt = wanted.level, wanted.attempt
    while level <= teams.on_call.levels:
        if (person := _on_call(teams, wanted.team, level, at)) is not None:
            alerted = OnCallAlerted(
                alert_id=wanted.alert_id,
                team=wanted.team,
                level=level,
                attempt=attempt,
                reason=wanted.reason,
                cause_id=wanted.reason,
                acknowledge_by=at + patience,
                person=person.name,
                email=person.email,
                phone=person.phone,
            )
            return Due(at, wanted.alert_id, alerted, f"{level}/{attempt}")
        level, attempt = level + 1, 1
    manager = ServiceManagerAlerted(reason=otherwise, cause_id=wanted.alert_id, priority=wanted.reason)
    return Due(at, wanted.alert_id, manager, otherwise)


def _on_call(teams: Teams, name: str, level: int, at: datetime) -> Person | None:
    team = teams.find(name)
    if team is None or team.on_call is None:
        return None
    person = team.on_call.person_at(level, at)
    return None if person is None else team.member(person)


def _raised(routing: Routing) -> PriorityHeld | None:
    """Since when the ticket has had the priority that it has: confirming it raises nothing, but reopening is
    as if it came in at that instant (R15)."""
    raised: PriorityHeld | None = None
    for held in routing.priorities:
        if raised is None or held.priority != raised.priority:
            raised = held
    again = [turn for turn in routing.turns if turn.life == "reopened"][-1:]
    if raised is not None and again and again[0].at >= raised.at:
        return PriorityHeld(event=again[0].event, at=again[0].at, priority=raised.priority)
    return raised


def _cause(routing: Routing, alert: OpenAlert) -> PriorityHeld | Turn | None:
    raises: list[PriorityHeld | Turn] = [*routing.priorities, *routing.turns]
    return next((held for held in raises if alert_of(held.event) == alert.alert_id), None)


def _answered_since(routing: Routing, instant: datetime) -> bool:
    return routing.acted is not None and routing.acted.at > instant
