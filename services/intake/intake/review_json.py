"""A ticket's review as intake answers it, to support only."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from intake.domain.review import Review, ReviewStatus
from shared.events import codec
from shared.events.people import Contact
from shared.events.ticket import Priority
from shared.runtime.instants import Instant


class OwnerView(BaseModel):
    name: str
    email: str | None
    phone: str | None


class ActionView(BaseModel):
    what: str
    owner: str | None
    due_on: date | None


class ContentmentView(BaseModel):
    """`source`: whether the review itself says so, or the survey that the customer answered."""

    score: int | None
    comment: str
    source: Literal["review", "survey"] | None


class ReviewView(BaseModel):
    """The newest post-incident review; `number` counts the ticket's from 1."""

    number: int
    status: ReviewStatus
    highest_priority: Priority
    opened_at: Instant
    due_at: Instant
    owner: OwnerView | None
    withdrawn_at: Instant | None
    completed_at: Instant | None
    root_cause: str
    actions: list[ActionView]
    contentment: ContentmentView
    lessons: str


def review_json(review: Review) -> dict[str, Any]:
    """The review as plain JSON values."""
    return {
        "number": review.number,
        "status": review.status,
        "highest_priority": review.highest_priority,
        "opened_at": codec.instant(review.opened_at),
        "due_at": codec.instant(review.due_at),
        "owner": review.owner and _contact(review.owner),
        "withdrawn_at": _maybe(review.withdrawn_at),
        "completed_at": _maybe(review.completed_at),
        "root_cause": review.root_cause,
        "actions": [
            {"what": each.what, "owner": each.owner, "due_on": each.due_on and each.due_on.isoformat()}
            for each in review.actions
        ],
        "contentment": {
            "score": review.contentment,
            "comment": review.contentment_comment,
            "source": review.contentment_source,
        },
        "lessons": review.lessons,
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {"name": contact.name, "email": contact.email, "phone": contact.phone}


def _maybe(moment: datetime | None) -> str | None:
    return None if moment is None else codec.instant(moment)
