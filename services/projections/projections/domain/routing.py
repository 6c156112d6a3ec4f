"""Where a ticket stands and who has it, as escalation tells it."""

from typing import Any, assert_never

from msgspec.structs import replace

from projections.domain.changes import NOTHING, RoutingChange
from shared.events.envelope import Recorded
from shared.events.escalation import (
    EscalationEvent,
    OnCallAcknowledged,
    OnCallAlerted,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
    TicketRouted,
)
from shared.events.visibility import visibility


def routing_change(before: RoutingChange | None, event: Recorded, data: EscalationEvent) -> RoutingChange:
    """`before`, from earlier in the batch, with `event` on top."""
    change = before or RoutingChange(
        id=event.subject, tenant=event.tenant, routing_version=event.version, updated_at=event.time
    )
    values = _values(data)
    if visibility(data) == "public":
        values["public_updated_at"] = max(change.public_updated_at or event.time, event.time)
    updated_at = max(change.updated_at, event.time)
    return replace(change, routing_version=event.version, updated_at=updated_at, **values)


def _values(data: EscalationEvent) -> dict[str, Any]:
    match data:
        case TicketRouted():
            return {"line": data.line, "team": data.team}
        case TicketAssigned():
            return {"line": data.line, "team": data.team, "assignee": data.assignee or NOTHING}
        case TicketEscalated() | TicketReturned():
            # It lies before another line's team, where nobody has taken it on yet.
            return {"line": data.to_line, "team": data.team, "assignee": NOTHING}
        case ServiceManagerAlerted() | OnCallAlerted() | OnCallAcknowledged():
            return {}
        case _:
            assert_never(data)
