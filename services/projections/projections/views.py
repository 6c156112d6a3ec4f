"""What the API answers, for its published description. Rows go out as they were read, unvalidated."""

from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, WithJsonSchema, model_validator

from projections.domain.changes import DeadlineState
from projections.listing import Sort
from projections.review_views import Review
from shared.events.sla import Commitment, DeadlineKind
from shared.events.ticket import Category, Channel, Priority, TicketType, Visibility
from shared.runtime.instants import Instant

Status = Literal["new", "open", "waiting", "resolved", "closed"]
WaitingFor = Literal["customer", "supplier"]


def without_empty(given: Any) -> Any:
    """The query without parameters that were left empty, as a form sends them."""
    if not isinstance(given, dict):
        return given
    return {name: value for name, value in given.items() if value not in ("", [""])}


MaybeInstant = Annotated[
    Instant | None,
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "maxLength": 0}]}
    ),
]
"""An instant in a query, which a form may leave empty."""


class ListQuery(BaseModel):
    """The filters of a list. One that is left empty, as a form sends it, filters nothing."""

    status: list[Status] = []
    customer: list[str] = []
    contract: list[str] = []
    type: list[TicketType] = []
    category: list[Category] = []
    channel: list[Channel] = []
    waiting_for: list[WaitingFor] = []
    number: list[str] = []
    external_ref: list[str] = []
    team: list[str] = Field([], description="Support only, as is `assignee`")
    assignee: list[str] = Field([], description="An id, `me`, or `none` for what nobody has taken on")
    registered_from: MaybeInstant = None
    registered_to: MaybeInstant = Field(None, description="Registered before it")
    updated_since: MaybeInstant = None
    line: list[Annotated[int, Field(ge=1, le=9)]] = []
    priority: list[Priority] = []
    breached: bool | None = None
    q: str | None = Field(
        None,
        max_length=200,
        description="Words, their beginnings or other forms, in Swedish or English: in number, external_ref,"
        " subject, description and what was said (within support: for support only)",
    )
    sort: Sort = "-registered_at"
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return without_empty(given)

    def question(self) -> str:
        """A digest of what is asked for: a cursor of another question would skip rows unnoticed."""
        asked = self.model_dump_json(exclude={"cursor", "limit", "sort"})
        return sha256(asked.encode()).hexdigest()[:16]


FILTERS = {
    "status": "status", "customer": "tenant", "contract": "contract", "type": "type", "category": "category",
    "channel": "channel", "waiting_for": "waiting_for", "number": "number", "external_ref": "external_ref",
    "team": "team", "line": "line", "priority": "priority",
}  # fmt: skip
"""Parameters that filter by a column, and which."""


class Reporter(BaseModel):
    """Who reported it. Personal data; absent once erased."""

    name: str
    email: str | None = None
    phone: str | None = None


class TicketFields(BaseModel):
    """The ticket as intake knows it, and its clocks; `version` is intake's.

    `due_at` is its next running deadline; when all have passed unmet, the first of those; null while paused.
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
    waiting_for: WaitingFor | None
    waiting_since: Instant | None
    supplier_reference: str | None
    agreed_due_at: Instant | None = Field(
        description="The date last agreed with the customer; null once a raised priority has superseded it"
    )
    expected_at: Instant | None
    closure_requested_at: Instant | None
    merged_into: UUID | None
    split_from: UUID | None
    survey_score: int | None
    version: int
    registered_at: Instant
    reported_at: Instant | None
    updated_at: Instant = Field(
        description="When last something happened that the caller may see, from any service: a deadline that"
        " was met, a move and a mail count too. intake's own `updated_at` is of intake's events alone"
    )
    reporter: Reporter | None
    external_ref: str | None
    due_at: Instant | None
    breached: bool


class TicketSummary(TicketFields):
    """A ticket in a list. `line` is null until it is routed; team and assignee are for support only."""

    line: int | None
    team: str | None = None
    assignee: str | None = None


class Routing(BaseModel):
    """Where the ticket stands; team and assignee are for support only."""

    line: int | None
    team: str | None = None
    assignee: str | None = None


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
    agreed: bool
    warned: bool
    paused_at: Instant | None
    moved_at: Instant | None
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
    """A ticket with all that is known of it; `versions` by source, 0 where nothing came yet. `review` is for
    support only."""

    routing: Routing
    deadlines: list[Deadline]
    timeline: list[TimelineItem]
    versions: dict[str, int]
    review: Review | None = None


class Record(BaseModel):
    """A ticket's documentation. Who acted is `by`; of a person in support customers see the party only."""

    ticket: dict[str, Any]
    fault: dict[str, Any]
    conversation: list[dict[str, Any]]
    measures: list[dict[str, Any]]
    solutions: list[dict[str, Any]]
    deadlines: list[Deadline]
    routing: dict[str, Any]
    told: list[dict[str, Any]]
    timeline: list[TimelineItem]
    versions: dict[str, int]
    review: Review | None = None
