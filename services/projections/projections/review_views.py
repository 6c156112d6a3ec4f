"""What the API answers about post-incident reviews, for its published description."""

from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from projections.reviewing import Asked
from shared.events.ticket import Priority
from shared.runtime.instants import Instant


class Owner(BaseModel):
    """Personal data; absent once erased."""

    name: str
    email: str | None = None
    phone: str | None = None


class Action(BaseModel):
    what: str
    owner: str | None
    due_on: date | None


class Contentment(BaseModel):
    """`source`: whether the review itself says so, or the survey that the customer answered."""

    score: int | None
    comment: str
    source: Literal["review", "survey"] | None


class Review(BaseModel):
    """A ticket's newest review; `number` counts them from 1. `overdue`: open, and its deadline breached."""

    number: int
    status: Literal["open", "completed", "withdrawn"]
    overdue: bool
    highest_priority: Priority
    opened_at: Instant
    due_at: Instant
    withdrawn_at: Instant | None
    completed_at: Instant | None
    owner: Owner | None
    root_cause: str
    actions: list[Action]
    contentment: Contentment
    lessons: str


class ListedReview(Review):
    """A review and the ticket that it is of."""

    ticket: UUID
    ticket_number: str
    subject: str
    customer: str
    contract: str


class ReviewQuery(BaseModel):
    """The filters of the list of reviews. One that is left empty, as a form sends it, filters nothing."""

    status: list[Asked] = Field([], description="`overdue` are those open ones whose deadline has passed")
    customer: list[str] = []
    owner: list[Annotated[str, Field(max_length=254)]] = Field([], description="An e-mail address, or `none`")
    limit: int = Field(50, ge=1, le=200)
    cursor: str | None = Field(None, max_length=500)

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value not in ("", [""])}

    def question(self) -> str:
        """A digest of what is asked for: a cursor of another question would skip rows unnoticed."""
        return sha256(self.model_dump_json(exclude={"cursor", "limit"}).encode()).hexdigest()[:16]
