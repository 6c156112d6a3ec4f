"""The ticket's own fields, as intake tells them."""

from typing import assert_never

import msgspec
from msgspec.structs import replace
from shared.events.envelope import Recorded
from shared.events.ticket import (
    CommentAdded,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)

from projections.domain.changes import TicketChange


def ticket_change(before: TicketChange | None, event: Recorded, data: TicketEvent) -> TicketChange:
    """`before`, from earlier in the batch, with `event` on top."""
    change = TicketChange(
        id=event.subject, tenant=event.tenant, intake_version=event.version, updated_at=event.time
    )
    if before is not None:
        change = replace(before, intake_version=event.version, updated_at=event.time)
    if not isinstance(data, TicketOpened) and data.by.party == "support":
        change = replace(change, acted=True)
    match data:
        case TicketOpened():
            return _opened(change, data)
        case TicketPrioritised():
            return replace(change, priority=data.priority)
        case WorkStarted():
            return replace(change, stage="open")
        case CommentAdded():
            return change
        case TicketResolved():
            return replace(change, stage="resolved")
        case TicketClosed():
            return replace(change, stage="closed")
        case _:
            assert_never(data)


def _opened(change: TicketChange, opened: TicketOpened) -> TicketChange:
    return replace(
        change,
        number=opened.number,
        contract=opened.contract.id,
        type=opened.type,
        channel=opened.channel,
        subject=opened.subject,
        description=opened.description,
        priority=opened.priority,
        wished_priority=opened.wished_priority,
        category=opened.category,
        stage="open",
        registered_at=opened.registered_at,
        reporter=None if opened.reporter is None else msgspec.json.encode(opened.reporter).decode(),
        external_ref=opened.external_ref,
    )
