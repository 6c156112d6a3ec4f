"""Whom to wake, when, and until when (beredskap): an urgent ticket that comes outside support hours (R8).

An alert is repeated until somebody answers, then handed up level by level, at last to the service manager.
Who is late learns it late: after an outage nobody is passed over for an alert that never reached them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from escalation.domain.routing import OpenAlert, Opening, Routing, status
from escalation.domain.teams import Person, Teams
from escalation.domain.urgency import Fact, raised_by
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
    raised = raised_by(routing, opening)
    if raised is None:
        return []
    alert_id = alert_of(raised.event)
    if raised.event not in routing.outside_hours or alert_id in routing.alerted:
        return []
    if status(routing) in ("resolved", "closed") or _answered_since(routing, raised.at):
        return []
    start = OpenAlert(alert_id=alert_id, team=routing.team, level=1, attempt=1, reason=raised.priority)
    return [_alert(start, NOBODY, raised.at, now, teams)]


def following(routing: Routing, alert: OpenAlert, due: datetime, now: datetime, teams: Teams) -> Due | None:
    """What follows when nobody had answered by `due`; None when the ticket has ended, or is no longer so
    urgent by the fact that the alert is about. A state that is being rebuilt cannot tell, and goes on."""
    if status(routing) in ("resolved", "closed"):
        return None
    if routing.opening is not None:
        raised = raised_by(routing, routing.opening)
        if raised is None or alert_of(raised.event) != alert.alert_id:
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
    named = team.on_call.person_at(level, at)
    person = None if named is None else team.member(named)
    return person if person is not None and person.can_be_reached else None


def _cause(routing: Routing, alert: OpenAlert) -> Fact | None:
    raises: list[Fact] = [*routing.priorities, *routing.turns, *routing.contracts]
    return next((held for held in raises if alert_of(held.event) == alert.alert_id), None)


def _answered_since(routing: Routing, instant: datetime) -> bool:
    return routing.acted is not None and routing.acted.at > instant
