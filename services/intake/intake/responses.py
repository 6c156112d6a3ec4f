"""What intake answers: the ticket as the public contract names its fields."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from intake.domain.ticket import Awaited, Status, Ticket
from intake.review_json import ReviewView, review_json
from shared.events import codec
from shared.events.envelope import Recorded
from shared.events.ticket import Category, Channel, Priority, TicketType
from shared.events.visibility import for_customer, visibility
from shared.runtime.instants import Instant


class ReporterView(BaseModel):
    name: str
    email: str | None
    phone: str | None


class TicketView(BaseModel):
    """A ticket folded from its own stream. `contract` is the contract's id.

    `review` is there for support only, once there is one.
    """

    id: UUID
    number: str
    customer: str
    contract: str
    type: TicketType
    channel: Channel
    subject: str
    description: str
    priority: Priority | None
    wished_priority: Priority | None
    category: Category | None
    status: Status
    version: int
    registered_at: Instant
    reported_at: Instant | None
    updated_at: Instant = Field(
        description="When the last of the ticket's own events happened, internal ones included; what"
        " other services do does not count. projections' `updated_at` is of all that its reader may see"
    )
    reporter: ReporterView | None
    external_ref: str | None
    waiting_for: Awaited | None
    waiting_since: Instant | None
    supplier_reference: str | None
    agreed_due_at: Instant | None = Field(
        description="What was last agreed. Whether a clock still holds it, its deadline says, and projections"
    )
    expected_at: Instant | None
    closure_requested_at: Instant | None
    survey_score: int | None
    merged_into: UUID | None
    split_from: UUID | None
    review: ReviewView | None = None


class EventView(BaseModel):
    """One event of a ticket's history; `data` as the event's JSON Schema says, for customers less of it."""

    id: UUID
    type: str
    version: int
    time: Instant
    recorded_at: Instant
    data: dict[str, Any]


def ticket_json(ticket: Ticket, *, internal: bool) -> dict[str, Any]:
    """The ticket as plain JSON values; built by hand because every request pays for it.

    `internal`: with support's own, which is the review.
    """
    reporter, review = ticket.reporter, ticket.review
    return {
        "id": str(ticket.id),
        "number": ticket.number,
        "customer": ticket.customer,
        "contract": ticket.contract.id,
        "type": ticket.type,
        "channel": ticket.channel,
        "subject": ticket.subject,
        "description": ticket.description,
        "priority": ticket.priority,
        "wished_priority": ticket.wished_priority,
        "category": ticket.category,
        "status": ticket.status,
        "version": ticket.version,
        "registered_at": codec.instant(ticket.registered_at),
        "reported_at": _maybe(ticket.reported_at),
        "updated_at": codec.instant(ticket.updated_at),
        "reporter": reporter and {"name": reporter.name, "email": reporter.email, "phone": reporter.phone},
        "external_ref": ticket.external_ref,
        "waiting_for": ticket.waiting_for,
        "waiting_since": _maybe(ticket.waiting_since),
        "supplier_reference": ticket.supplier_reference,
        "agreed_due_at": _maybe(ticket.agreed_due_at),
        "expected_at": _maybe(ticket.expected_at),
        "closure_requested_at": _maybe(ticket.closure_requested_at),
        "survey_score": ticket.survey_score,
        "merged_into": ticket.merged_into,
        "split_from": ticket.split_from,
        **({"review": review_json(review)} if internal and review is not None else {}),
    }


def event_json(event: Recorded, *, internal: bool) -> dict[str, Any]:
    """One event, which its caller may see; without what is support's own unless `internal`."""
    return {
        "id": str(event.id),
        "type": event.type,
        "version": event.version,
        "time": codec.instant(event.time),
        "recorded_at": codec.instant(event.recorded_at),
        "data": _whole(event) if internal else for_customer(event.data),
    }


def visible(history: Sequence[Recorded], *, internal: bool) -> list[Recorded]:
    """The events a caller may see: a customer's history leaves out what is internal, so versions skip."""
    return [event for event in history if internal or visibility(event.data) == "public"]


def _whole(event: Recorded) -> dict[str, Any]:
    data: dict[str, Any] = msgspec.json.decode(codec.join(*codec.encode(event.data)))
    return data


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else codec.instant(moment)
