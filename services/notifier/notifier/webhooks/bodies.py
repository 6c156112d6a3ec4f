"""What webhooks' routes are sent, and what they answer."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from notifier.domain.webhooks import Audience
from notifier.webhooks.urls import LONGEST
from shared.runtime.instants import Instant
from shared.runtime.text import ONE_LINE, Body, Line

Url = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=LONGEST)]
TypeName = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=100)]
CustomerId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=100)]
DeliveryState = Literal["pending", "sending", "delivered", "dead"]


class CreateBody(Body):
    """`types`: event types such as `TicketResolved.v1`; left out, all that the caller may see.

    `customer`: whose tickets, where the caller serves several customers; left out, everyone's.
    """

    url: Url
    types: Annotated[list[TypeName], Field(min_length=1, max_length=100)] | None = None
    customer: CustomerId | None = None
    description: Line | None = None


class EmptyBody(Body):
    """Nothing to say beyond the route."""


class ActView(BaseModel):
    """Who did what to the hook; of support a customer is told no more than that it was support."""

    version: int
    act: str
    by: str
    role: str
    at: Instant


class WebhookView(BaseModel):
    """A subscription. `audience`: `customer` is told what its customer may see, the others everything.

    `disabled_because`: `owner`, `gone` (the receiver said 410), `no-success` (five days without any).
    """

    id: UUID
    url: str
    types: list[str] | None
    customer: str | None
    audience: Audience
    description: str | None
    state: Literal["active", "disabled"]
    disabled_because: str | None
    disabled_at: Instant | None
    version: int
    created_by: str
    created_at: Instant
    last_success_at: Instant | None
    failing_since: Instant | None


class WebhookDetail(WebhookView):
    """With the newest twenty acts on it."""

    history: list[ActView]


class SecretView(WebhookView):
    """The only answer that has the secret: of creating the hook, and of rotating it."""

    secret: str


class DeliveryView(BaseModel):
    """One event for one hook. `id` is the webhook-id, `subject` the ticket.

    `status` and `reason` are of the newest attempt. A `pending` one waits for its first attempt or the
    next; a `dead` one is not tried any more.
    """

    id: UUID
    webhook: UUID
    event: UUID
    event_type: str
    subject: UUID
    state: DeliveryState
    attempts: int
    status: int | None
    reason: str | None
    created_at: Instant
    next_attempt_at: Instant | None
    settled_at: Instant | None


class AttemptView(BaseModel):
    """One POST. `answer`: its first 1,000 characters; `error`: a code, null for success."""

    number: int
    at: Instant
    duration_ms: int | None
    status: int | None
    error: str | None
    answer: str


class DeliveryDetail(DeliveryView):
    """With what is sent and every attempt."""

    payload: dict[str, Any]
    log: list[AttemptView]
