"""What a batch of events changes in the read models, ready to be written at once.

A field that is None was not touched; names are those of the columns. Within one source the last word wins, so
changes of the same row compose, and doing a change again leaves the same row.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

DeadlineState = Literal["running", "met", "breached", "met_late", "cancelled", "superseded"]
Stage = Literal["open", "waiting", "resolved", "closed"]
Visibility = Literal["public", "internal"]


class TicketChange(msgspec.Struct, frozen=True, kw_only=True):
    """From intake. `acted`: support has acted, until when an open ticket reads `new`."""

    id: UUID
    tenant: str
    intake_version: int
    updated_at: datetime
    number: str | None = None
    contract: str | None = None
    type: str | None = None
    channel: str | None = None
    subject: str | None = None
    description: str | None = None
    priority: str | None = None
    wished_priority: str | None = None
    category: str | None = None
    stage: Stage | None = None
    acted: bool | None = None
    registered_at: datetime | None = None
    reported_at: datetime | None = None
    reporter: str | None = None
    external_ref: str | None = None


class RoutingChange(msgspec.Struct, frozen=True, kw_only=True):
    """From escalation."""

    id: UUID
    tenant: str
    routing_version: int
    line: int | None = None
    team: str | None = None


class DeadlineChange(msgspec.Struct, frozen=True, kw_only=True):
    """From sla-engine. `internal`: not for customers."""

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
    generation: int | None = None
    policy: str | None = None
    policy_version: str | None = None
    calendar_version: str | None = None
    tzdata_version: str | None = None
    warned: bool | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    detected_at: datetime | None = None
    retracted_at: datetime | None = None
    superseded_by: str | None = None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """From every source; `data` is the event's JSON, as on the wire."""

    ticket: UUID
    source: str
    version: int
    tenant: str
    time: datetime
    recorded_at: datetime
    type: str
    visibility: Visibility
    data: str


class Changes(msgspec.Struct, kw_only=True):
    """All that one batch changes."""

    tickets: dict[UUID, TicketChange] = {}
    routing: dict[UUID, RoutingChange] = {}
    deadlines: dict[tuple[UUID, str], DeadlineChange] = {}
    timeline: list[TimelineEntry] = []
