"""Who holds a ticket: lines, teams and alerts (topic `escalation-events`)."""

from typing import Literal

import msgspec

EscalationCause = Literal["priority", "resolution_breached", "line_limit_breached"]


class TicketRouted(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket was laid before a line's team; every ticket starts on line 1 (R18)."""

    line: int
    team: str


class TicketEscalated(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket moved up, for one cause once (R17). `cause_id` names the deadline, or the priority."""

    from_line: int
    to_line: int
    team: str
    cause: EscalationCause
    cause_id: str


class ServiceManagerAlerted(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's service manager is to be told, whatever the hour. `reason`: a stable code."""

    reason: str
    cause_id: str
    priority: str | None


EscalationEvent = TicketRouted | TicketEscalated | ServiceManagerAlerted
