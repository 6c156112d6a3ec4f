"""Who holds a ticket: lines, teams, assignees and alerts (topic `escalation-events`)."""

from datetime import datetime
from typing import Literal

import msgspec

from shared.events.people import Actor
from shared.events.personal import Personal

EscalationCause = Literal["priority", "resolution_breached", "line_limit_breached", "manual"]


class TicketRouted(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket was laid before a line's team; first line 1, then by category (R18)."""

    line: int
    team: str


class TicketAssigned(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in support took the ticket on, or was given it; nobody when `assignee` is null.

    `line` is where the ticket stands afterwards; `moved` says whether the assigning itself named that line,
    which is then a move by hand and sets it (R17).
    """

    line: int
    team: str
    by: Actor
    moved: bool | msgspec.UnsetType = msgspec.UNSET
    assignee: Personal[str | None] = None


class TicketEscalated(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket moved up, for one cause once (R17). `cause_id` names the deadline, the priority, or for a
    `manual` one, which `by` asked for because of `reason`, the command.
    """

    from_line: int
    to_line: int
    team: str
    cause: EscalationCause
    cause_id: str
    by: Actor | msgspec.UnsetType = msgspec.UNSET
    reason: Personal[str | msgspec.UnsetType] = msgspec.UNSET


class TicketReturned(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket was laid back on line 1, also when resolved; no line limit runs there any more (R17)."""

    from_line: int
    to_line: int
    team: str
    by: Actor
    reason: Personal[str] = ""


class OnCallAlerted(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever is on call for `team` is to be told, at any hour. `level`: 1 the first in the rota, then up.

    `attempt` counts alerts of one level; unacknowledged by `acknowledge_by`, the next one follows.
    """

    alert_id: str
    team: str
    level: int
    attempt: int
    reason: str
    cause_id: str
    acknowledge_by: datetime | None
    person: Personal[str] = ""
    email: Personal[str | None] = None
    phone: Personal[str | None] = None


class OnCallAcknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """A person took the alert on; nobody else is woken for it."""

    alert_id: str
    by: Actor


class ServiceManagerAlerted(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's service manager is to be told, whatever the hour. `reason`: a stable code."""

    reason: str
    cause_id: str
    priority: str | None


EscalationEvent = (
    TicketRouted
    | TicketAssigned
    | TicketEscalated
    | TicketReturned
    | OnCallAlerted
    | OnCallAcknowledged
    | ServiceManagerAlerted
)
