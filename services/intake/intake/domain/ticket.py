"""A ticket as its own stream tells it: the fold, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

from shared.events.envelope import Recorded
from shared.events.people import Contact
from shared.events.ticket import (
    Category,
    Channel,
    CommentAdded,
    ContractTerms,
    Priority,
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    TicketType,
    WorkStarted,
)

Status = Literal["new", "open", "waiting", "resolved", "closed"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """The state that decisions rest on. `status` is `new` until support first acts."""

    id: UUID
    number: str
    customer: str
    contract: ContractTerms
    type: TicketType
    channel: Channel
    subject: str
    description: str
    reporter: Contact | None
    priority: Priority | None
    wished_priority: Priority | None
    category: Category | None
    status: Status
    version: int
    registered_at: datetime
    reported_at: datetime | None
    updated_at: datetime
    external_ref: str | None


def fold(history: Sequence[Recorded]) -> Ticket:
    """The ticket after `history`, which begins with TicketOpened."""
    first, *rest = history
    if not isinstance(first.data, TicketOpened):
        raise TypeError(f"a ticket's stream begins with TicketOpened, not with {first.type}")
    ticket = _opened(first, first.data)
    for event in rest:
        ticket = replace(evolve(ticket, event.data), version=event.version, updated_at=event.time)  # type: ignore[arg-type]
    return ticket


def evolve(ticket: Ticket, event: TicketEvent) -> Ticket:
    """The ticket after one more event."""
    match event:
        case TicketOpened():
            raise ValueError("a ticket is opened once")
        case TicketPrioritised():
            return replace(ticket, priority=event.priority, status=_begun(ticket))
        case TicketCategorised():
            return replace(ticket, category=event.category, status=_begun(ticket))
        case CommentAdded():
            return replace(ticket, status=_begun(ticket)) if _is_first_word(event) else ticket
        case WorkStarted():
            return replace(ticket, status="open")
        case TicketResolved():
            return replace(ticket, status="resolved")
        case TicketClosed():
            return replace(ticket, status="closed")
        case _:
            assert_never(event)


def _is_first_word(comment: CommentAdded) -> bool:
    return comment.by.is_support_person and not comment.automatic


def _begun(ticket: Ticket) -> Status:
    return "open" if ticket.status == "new" else ticket.status


def _opened(recorded: Recorded, event: TicketOpened) -> Ticket:
    return Ticket(
        id=recorded.subject,
        number=event.number,
        customer=event.customer,
        contract=event.contract,
        type=event.type,
        channel=event.channel,
        subject=event.subject,
        description=event.description,
        reporter=event.reporter,
        priority=event.priority,
        wished_priority=event.wished_priority,
        category=event.category,
        status="new",
        version=recorded.version,
        registered_at=event.registered_at,
        reported_at=event.reported_at,
        updated_at=recorded.time,
        external_ref=event.external_ref,
    )
