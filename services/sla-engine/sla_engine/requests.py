"""The bodies that the engine accepts. Unknown fields are refused."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

from shared.runtime.instants import Instant
from sla_engine.domain.policy import Priority

MOST_PREVIEWS = 1000


class Body(BaseModel):
    """Base of all bodies."""

    model_config = ConfigDict(extra="forbid")


class PauseBody(Body):
    """Waiting for the customer; without `to`, still waiting."""

    start: Instant = Field(alias="from")
    end: Instant | None = Field(default=None, alias="to")


class AgreedBody(Body):
    """A resolution date agreed with the customer."""

    due_at: Instant
    agreed_at: Instant


class PreviewBody(Body):
    """A ticket that might be. `priority` may be left out, as on a ticket without one."""

    contract: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    priority: Priority | None = None
    registered_at: Instant
    pauses: Annotated[list[PauseBody], Field(max_length=100)] = []
    agreed: AgreedBody | None = None


def _shape(body: Any) -> str:
    return "many" if isinstance(body, Sequence) and not isinstance(body, str | bytes) else "one"


PreviewBodies = Annotated[
    Annotated[PreviewBody, Tag("one")]
    | Annotated[list[PreviewBody], Field(max_length=MOST_PREVIEWS), Tag("many")],
    Discriminator(_shape),
]
"""One body, or a list of them."""
