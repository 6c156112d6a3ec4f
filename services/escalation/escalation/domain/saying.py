"""What this service's own events make of a routing: it is where they say."""

from datetime import datetime
from typing import Any

import msgspec

from escalation.domain.routing import Act, Hand, OpenAlert, Routing
from shared.events.envelope import Event
from shared.events.escalation import (
    OnCallAcknowledged,
    OnCallAlerted,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
    TicketRouted,
)
from shared.events.people import SYSTEM, Actor


def evolve(routing: Routing, event: Event, at: datetime) -> Routing:
    """The state after one of this service's own events, which happened at `at`.

    An escalation leaves the assignee behind. A routing names nobody: who has the ticket no more is said by an
    assigning, because all who listen fold this stream just so.
    """
    match event:
        case TicketRouted(line=line, team=team):
            return _replace(routing, line=line, team=team)
        case TicketEscalated(to_line=line, team=team, cause="manual", by=by):
            hand = Hand(at=at, by=by if isinstance(by, Actor) else SYSTEM, line=line)
            return _moved(routing, hand, line=line, team=team, assignee=None)
        case TicketEscalated(to_line=line, team=team, cause_id=cause):
            weighed = _with(routing.weighed, cause)
            return _replace(routing, line=line, team=team, assignee=None, weighed=weighed)
        case TicketAssigned(line=line, team=team, by=by, assignee=assignee, moved=moved):
            if by.party == "system":  # what a person said earlier, told anew: no move of its own
                return _replace(routing, line=line, team=team, assignee=assignee)
            hand = Hand(at=at, by=by, line=line if moved is True else None, assigns=True, assignee=assignee)
            taken = routing if assignee is None else act(routing, by, at)
            return _moved(taken, hand, line=line, team=team, assignee=assignee)
        case TicketReturned(to_line=line, team=team, by=by):
            # Whoever lays it back has looked at it, and left it to those who come in the morning.
            return _moved(act(routing, by, at), Hand(at=at, by=by, line=line), line=line, team=team)
        case ServiceManagerAlerted(cause_id=cause):
            return _replace(routing, alerted=_with(routing.alerted, cause))
        case OnCallAlerted() as alert:
            return _alerted(routing, alert)
        case OnCallAcknowledged(alert_id=alert_id):
            still = tuple(known for known in routing.open_alerts if known.alert_id != alert_id)
            return _replace(routing, open_alerts=still, alerted=_with(routing.alerted, alert_id))
        case _:
            raise TypeError(f"{type(event).__name__} does not belong to a routing's stream")


def act(routing: Routing, by: Actor, at: datetime) -> Routing:
    """A person in support took the matter on at `at`; whatever others do is none of that."""
    if not by.is_support_person or (routing.acted is not None and routing.acted.at >= at):
        return routing
    return _replace(routing, acted=Act(at=at, by=by))


def weigh(routing: Routing, causes: tuple[str, ...], alerts: tuple[str, ...]) -> Routing:
    """`causes` have had their effect, even where the ticket stood high enough already; of `alerts` the
    service manager has been told."""
    weighed = tuple(dict.fromkeys((*routing.weighed, *causes)))
    return _replace(routing, weighed=weighed, alerted=tuple(dict.fromkeys((*routing.alerted, *alerts))))


def hush(routing: Routing, event: Event) -> Routing:
    """Of the past nobody is alerted: `event` counts as told, and nobody waits for an answer to it."""
    match event:
        case ServiceManagerAlerted(cause_id=told) | OnCallAlerted(alert_id=told):
            return _replace(routing, alerted=_with(routing.alerted, told))
        case _:
            raise TypeError(f"{type(event).__name__} alerts nobody")


def _moved(routing: Routing, hand: Hand, **changes: Any) -> Routing:
    hands = tuple(sorted((*routing.hands, hand), key=lambda known: known.at))
    return _replace(routing, hands=hands, **changes)


def _alerted(routing: Routing, alert: OnCallAlerted) -> Routing:
    opened = OpenAlert(
        alert_id=alert.alert_id,
        team=alert.team,
        level=alert.level,
        attempt=alert.attempt,
        reason=alert.reason,
    )
    others = tuple(held for held in routing.open_alerts if held.alert_id != alert.alert_id)
    return _replace(routing, open_alerts=(*others, opened), alerted=_with(routing.alerted, alert.alert_id))


def _with(known: tuple[str, ...], new: str) -> tuple[str, ...]:
    return known if new in known else (*known, new)


def _replace(routing: Routing, **changes: Any) -> Routing:
    return msgspec.structs.replace(routing, **changes)
