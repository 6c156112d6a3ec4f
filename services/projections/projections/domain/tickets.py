"""The ticket's own fields, as intake tells them."""

from typing import assert_never

import msgspec
from msgspec.structs import replace

from projections.domain.changes import TicketChange
from shared.events.envelope import Recorded
from shared.events.people import Contact
from shared.events.ticket import (
    CommentAdded,
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)


def ticket_change(before: TicketChange | None, event: Recorded, data: TicketEvent) -> TicketChange:
    """`before`, from earlier in the batch, with `event` on top."""
    change = TicketChange(
        id=event.subject, tenant=event.tenant, intake_version=event.version, updated_at=event.time
    )
    if before is not None:
        change = replace(before, intake_version=event.version, updated_at=event.time)
    match data:
        case TicketOpened():
            return _opened(change, data)
        case TicketPrioritised():
            return replace(change, priority=data.priority, acted=True)
        case TicketCategorised():
            return replace(change, category=data.category, acted=True)
        case CommentAdded():
            word_of_support = data.by.is_support_person and not data.automatic
            return replace(change, acted=True) if word_of_support else change
        case WorkStarted():
            return replace(change, stage="open", acted=True)
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
        reported_at=opened.reported_at,
        reporter=None if opened.reporter is None else _json(opened.reporter),
        external_ref=opened.external_ref,
    )


def _json(contact: Contact) -> str:
    return msgspec.json.encode(msgspec.structs.asdict(contact)).decode()
