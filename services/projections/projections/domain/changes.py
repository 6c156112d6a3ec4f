"""What a batch of events changes in the read models, ready to be written at once.

A field that is None was not touched; names are those of the columns. Within one source the last word wins, so
changes of the same row compose, and doing a change again leaves the same row. What an event takes away is
NEVER or NOTHING, since None would leave it as it was.
"""

from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec

DeadlineState = Literal["running", "paused", "met", "breached", "met_late", "cancelled", "superseded"]
Stage = Literal["open", "waiting", "resolved", "closed"]
Visibility = Literal["public", "internal"]
NEVER = datetime.max.replace(tzinfo=UTC)
"""An instant that is no more; the database's 'infinity'."""
NOTHING = ""
"""A text that is no more."""
NO_SCORE = 0
"""A survey's score that is no more; scores begin at 1."""


class TicketChange(msgspec.Struct, frozen=True, kw_only=True):
    """From intake. `acted`: support has acted, until when an open ticket reads `new`.

    `wait_ended` is the version of the last event that ended a wait for the customer: by it the writer knows
    whether a question begins a wait or is one more within it.
    """

    id: UUID
    tenant: str
    intake_version: int
    updated_at: datetime
    public_updated_at: datetime | None = None
    number: str | None = None
    contract: str | None = None
    timezone: str | None = None
    type: str | None = None
    channel: str | None = None
    subject: str | None = None
    description: str | None = None
    priority: str | None = None
    wished_priority: str | None = None
    category: str | None = None
    stage: Stage | None = None
    acted: bool | None = None
    questioned_at: datetime | None = None
    wait_ended: int | None = None
    supplier_reference: str | None = None
    supplier_awaited_at: datetime | None = None
    agreed_due_at: datetime | None = None
    expected_at: datetime | None = None
    closure_requested_at: datetime | None = None
    merged_into: str | None = None
    split_from: str | None = None
    survey_score: int | None = None
    registered_at: datetime | None = None
    reported_at: datetime | None = None
    reporter: str | None = None
    external_ref: str | None = None


class RoutingChange(msgspec.Struct, frozen=True, kw_only=True):
    """From escalation."""

    id: UUID
    tenant: str
    routing_version: int
    updated_at: datetime
    public_updated_at: datetime | None = None
    line: int | None = None
    team: str | None = None
    assignee: str | None = None


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """From sla-engine and notifier, which write no field of the ticket itself: when it was last heard of."""

    id: UUID
    tenant: str
    updated_at: datetime
    public_updated_at: datetime | None = None


class DeadlineChange(msgspec.Struct, frozen=True, kw_only=True):
    """From sla-engine. `internal`: not for customers. `stands`: a breach that has not been retracted."""

    ticket: UUID
    deadline_id: str
    tenant: str
    version: int
    kind: str
    internal: bool
    state: DeadlineState | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    soft_due_at: datetime | None = None
    received_at: datetime | None = None
    commitment: str | None = None
    agreed: bool | None = None
    generation: int | None = None
    policy: str | None = None
    policy_version: str | None = None
    calendar_version: str | None = None
    tzdata_version: str | None = None
    warned: bool | None = None
    paused_at: datetime | None = None
    moved_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    detected_at: datetime | None = None
    retracted_at: datetime | None = None
    stands: bool | None = None
    superseded_by: str | None = None


class ReviewChange(msgspec.Struct, frozen=True, kw_only=True):
    """From intake, and for support only: one of the ticket's post-incident reviews, by its number."""

    ticket: UUID
    review: int
    tenant: str
    version: int
    status: Literal["open", "completed", "withdrawn"] | None = None
    highest_priority: str | None = None
    opened_at: datetime | None = None
    due_at: datetime | None = None
    withdrawn_at: datetime | None = None
    completed_at: datetime | None = None
    owner: str | None = None
    outcome: str | None = None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """From every source; `data` is the event's JSON, as on the wire."""

    ticket: UUID
    source: str
    version: int
    tenant: str
    time: datetime
    recorded_at: datetime
    event_id: UUID
    causation_id: UUID | None
    type: str
    visibility: Visibility
    data: str


class Changes(msgspec.Struct, kw_only=True):
    """All that one batch changes."""

    tickets: dict[UUID, TicketChange] = {}
    routing: dict[UUID, RoutingChange] = {}
    touched: dict[UUID, Touch] = {}
    deadlines: dict[tuple[UUID, str], DeadlineChange] = {}
    reviews: dict[tuple[UUID, int], ReviewChange] = {}
    timeline: list[TimelineEntry] = []
