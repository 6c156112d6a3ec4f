"""A ticket's post-incident review, as its own stream tells it (R20)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from shared.events.people import Contact
from shared.events.review import (
    ReviewAction,
    ReviewAssigned,
    ReviewCompleted,
    ReviewEvent,
    ReviewOpened,
    ReviewWithdrawn,
)
from shared.events.ticket import Priority

ReviewStatus = Literal["open", "completed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Review:
    """The newest review. `number` counts the ticket's reviews from 1."""

    number: int
    status: ReviewStatus
    highest_priority: Priority
    opened_at: datetime
    due_at: datetime
    owner: Contact | None
    withdrawn_at: datetime | None = None
    completed_at: datetime | None = None
    root_cause: str = ""
    actions: Sequence[ReviewAction] = ()
    contentment: int | None = None
    contentment_comment: str = ""
    contentment_source: str | None = None
    lessons: str = ""


def evolve(review: Review | None, event: ReviewEvent, at: datetime) -> Review:
    """The review after one more event of it, which happened at `at`."""
    if isinstance(event, ReviewOpened):
        return Review(event.review, "open", event.highest_priority, at, event.due_at, event.owner)
    if review is None:
        raise ValueError("a review begins with ReviewOpened")
    match event:
        case ReviewAssigned():
            return replace(review, due_at=event.due_at, owner=event.owner)
        case ReviewWithdrawn():
            return replace(review, status="withdrawn", withdrawn_at=at)
        case ReviewCompleted():
            return replace(
                review,
                status="completed",
                completed_at=at,
                root_cause=event.root_cause,
                actions=event.actions,
                contentment=event.contentment,
                contentment_comment=event.contentment_comment,
                contentment_source=event.contentment_source,
                lessons=event.lessons,
            )
        case _:
            assert_never(event)
