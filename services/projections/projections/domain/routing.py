"""Where a ticket stands, as escalation tells it."""

from typing import assert_never

from msgspec.structs import replace

from projections.domain.changes import RoutingChange
from shared.events.envelope import Recorded
from shared.events.escalation import EscalationEvent, ServiceManagerAlerted, TicketEscalated, TicketRouted


def routing_change(before: RoutingChange | None, event: Recorded, data: EscalationEvent) -> RoutingChange:
    """`before`, from earlier in the batch, with `event` on top."""
    change = RoutingChange(id=event.subject, tenant=event.tenant, routing_version=event.version)
    if before is not None:
        change = replace(before, routing_version=event.version)
    match data:
        case TicketRouted():
            return replace(change, line=data.line, team=data.team)
        case TicketEscalated():
            return replace(change, line=data.to_line, team=data.team)
        case ServiceManagerAlerted():
            return change
        case _:
            assert_never(data)
