"""A ticket as its own stream tells it: the fold, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec

from intake.domain import review
from intake.domain.held import NOTHING_MORE, Held
from intake.domain.review import Review
from shared.events.envelope import Recorded
from shared.events.people import Contact
from shared.events.review import ReviewEvent
from shared.events.ticket import (
    Category,
    Channel,
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    ContractTerms,
    CustomerAnswered,
    CustomerQuestioned,
    Priority,
    ResolutionDateAgreed,
    ResolutionExpected,
    SupplierAwaited,
    SurveyAnswered,
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    TicketType,
    WorkStarted,
)

Status = Literal["new", "open", "waiting", "resolved", "closed"]
Awaited = Literal["customer", "supplier"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """The state that decisions rest on. `status` is `new` until support first acts.

    `waiting` is status only for the customer; waiting for a supplier pauses nothing, and is shown (R11).
    """

    id: UUID
    number: str
    customer: str
    contract: ContractTerms
    type: TicketType
    channel: Channel
    subject: str
    description: str
    reporter: Contact | None
    service_manager: Contact | None
    priority: Priority | None
    wished_priority: Priority | None
    category: Category | None
    status: Status
    version: int
    registered_at: datetime
    reported_at: datetime | None
    updated_at: datetime
    external_ref: str | None
    split_from: str | None = None
    merged_into: str | None = None
    waiting_for: Awaited | None = None
    waiting_since: datetime | None = None
    supplier_reference: str | None = None
    supplier_awaited_at: datetime | None = None
    agreed_due_at: datetime | None = None
    expected_at: datetime | None = None
    closure_requested_at: datetime | None = None
    survey_score: int | None = None
    survey_comment: str = ""
    held: Held = NOTHING_MORE
    review: Review | None = None


def fold(history: Sequence[Recorded]) -> Ticket:
    """The ticket after `history`, which begins with TicketOpened."""
    first, *rest = history
    if not isinstance(first.data, TicketOpened):
        raise TypeError(f"a ticket's stream begins with TicketOpened, not with {first.type}")
    ticket = _opened(first, first.data)
    for event in rest:
        ticket = replace(
            evolve(ticket, event.data, event.time),  # type: ignore[arg-type]
            version=event.version,
            updated_at=event.time,
        )
    return ticket


def evolve(ticket: Ticket, event: TicketEvent, at: datetime) -> Ticket:
    """The ticket after one more event, which happened at `at`."""
    match event:
        case TicketOpened():
            raise ValueError("a ticket is opened once")
        case TicketPrioritised():
            held = ticket.held.prioritised(event, ticket.contract)
            return replace(ticket, priority=event.priority, held=held, status=_begun(ticket))
        case TicketCategorised():
            return replace(ticket, category=event.category, status=_begun(ticket))
        case CommentAdded():
            return replace(ticket, status=_begun(ticket)) if _is_first_word(event) else ticket
        case WorkStarted():
            return _no_longer_waiting(replace(ticket, status="open"))
        case CustomerAnswered():
            return _answered(ticket)
        case CustomerQuestioned():
            since = ticket.waiting_since if ticket.status == "waiting" else at
            return replace(
                _no_longer_waiting(ticket), status="waiting", waiting_for="customer", waiting_since=since
            )
        case SupplierAwaited():
            return _awaiting_supplier(ticket, event, at)
        case ResolutionDateAgreed():
            return replace(ticket, agreed_due_at=event.due_at, status=_begun(ticket))
        case ResolutionExpected():
            return replace(ticket, expected_at=event.expected_at, status=_begun(ticket))
        case TicketResolved():
            return _no_longer_waiting(replace(ticket, status="resolved"))
        case ClosureRequested():
            return replace(ticket, closure_requested_at=at)
        case TicketClosed():
            merged_into = None if event.merged_into is msgspec.UNSET else event.merged_into
            return _no_longer_waiting(replace(ticket, status="closed", merged_into=merged_into))
        case TicketReopened():
            return _reopened(ticket)
        case ContractChanged():
            told = event.service_manager
            manager = ticket.service_manager if told is msgspec.UNSET else told
            return replace(ticket, contract=event.contract, service_manager=manager, status=_begun(ticket))
        case SurveyAnswered():
            return replace(ticket, survey_score=event.score, survey_comment=event.comment)
        case TicketMerged():
            held = ticket.held.received(event) if event.target == str(ticket.id) else ticket.held
            return replace(ticket, held=held, status=_begun(ticket))
        case TicketSplit():
            return replace(ticket, status=_begun(ticket))
        case told if isinstance(told, ReviewEvent):
            return replace(ticket, review=review.evolve(ticket.review, told, at))
        case _:
            assert_never(event)


def _is_first_word(comment: CommentAdded) -> bool:
    return comment.by.is_support_person and not comment.automatic


def _begun(ticket: Ticket) -> Status:
    return "open" if ticket.status == "new" else ticket.status


def _no_longer_waiting(ticket: Ticket) -> Ticket:
    return replace(
        ticket, waiting_for=None, waiting_since=None, supplier_reference=None, supplier_awaited_at=None
    )


def _answered(ticket: Ticket) -> Ticket:
    """What was laid before a supplier meanwhile is still there, and shows again."""
    awaited: Awaited | None = None if ticket.supplier_reference is None else "supplier"
    return replace(ticket, status="open", waiting_for=awaited, waiting_since=ticket.supplier_awaited_at)


def _awaiting_supplier(ticket: Ticket, event: SupplierAwaited, at: datetime) -> Ticket:
    """The question to the customer stays open beside the supplier's matter, and is what `waiting` shows."""
    noted = replace(ticket, supplier_reference=event.reference, supplier_awaited_at=at, status=_begun(ticket))
    return noted if ticket.status == "waiting" else replace(noted, waiting_for="supplier", waiting_since=at)


def _reopened(ticket: Ticket) -> Ticket:
    return replace(
        ticket,
        status="open",
        agreed_due_at=None,
        expected_at=None,
        closure_requested_at=None,
        survey_score=None,
        survey_comment="",
    )


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
        service_manager=event.service_manager,
        priority=event.priority,
        wished_priority=event.wished_priority,
        category=event.category,
        status="new",
        version=recorded.version,
        registered_at=event.registered_at,
        reported_at=event.reported_at,
        updated_at=recorded.time,
        external_ref=event.external_ref,
        split_from=None if event.split_from is msgspec.UNSET else event.split_from,
    )
