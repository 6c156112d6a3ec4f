"""What the API answers, for its published description. Rows go out as they were read, unvalidated."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from projections.domain.changes import DeadlineState
from projections.listing import Sort
from shared.events.sla import Commitment, DeadlineKind
from shared.events.ticket import Category, Channel, Priority, TicketType, Visibility
from shared.runtime.instants import Instant

Status = Literal["new", "open", "waiting", "resolved", "closed"]


class ListQuery(BaseModel):
    """The filters of a list. One that is left empty, as a form sends it, filters nothing."""

    status: list[Status] = []
    customer: list[str] = []
    line: list[Annotated[int, Field(ge=1, le=9)]] = []
    priority: list[Priority] = []
    breached: bool | None = None
    q: str | None = Field(
        None, max_length=200, description="Words (or their beginnings) in number or subject"
    )
    sort: Sort = "-registered_at"
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value not in ("", [""])}


class Reporter(BaseModel):
    """Who reported it. Personal data; absent once erased."""

    name: str
    email: str | None = None
    phone: str | None = None


class TicketFields(BaseModel):
    """The ticket as intake knows it; `version` is intake's; `due_at` is its next running deadline."""

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
    updated_at: Instant
    reporter: Reporter | None
    external_ref: str | None
    due_at: Instant | None
    breached: bool


class TicketSummary(TicketFields):
    """A ticket in a list. `line` is null until it is routed."""

    line: int | None


class Routing(BaseModel):
    """Where the ticket stands; `team` is for support only."""

    line: int | None
    team: str | None = None


class Deadline(BaseModel):
    """One clock; support's own aims (a line limit, hubs' triage) are for support only."""

    id: str
    kind: DeadlineKind
    state: DeadlineState
    due_at: Instant
    warn_at: Instant | None
    soft_due_at: Instant | None
    received_at: Instant
    commitment: Commitment
    warned: bool
    met_at: Instant | None
    breached_at: Instant | None
    detected_at: Instant | None
    retracted_at: Instant | None
    superseded_by: str | None
    generation: int
    policy: str
    policy_version: str
    calendar_version: str
    tzdata_version: str


class TimelineItem(BaseModel):
    """Something that happened; `data` is the event's own, by `type`."""

    source: str
    version: int
    type: str
    time: Instant
    recorded_at: Instant
    visibility: Visibility
    data: dict[str, Any]


class Ticket(TicketFields):
    """A ticket with all that is known of it; `versions` by source, 0 where nothing came yet."""

    routing: Routing
    deadlines: list[Deadline]
    timeline: list[TimelineItem]
    versions: dict[str, int]
