"""A post-incident review, in its ticket's own stream; support's own, which no customer is shown (R20).

`review` counts the ticket's reviews from 1: each closing of an incident that was urgent enough opens another.
What people write, and who owns what, is personal.
"""

from datetime import date, datetime
from typing import Literal

import msgspec

from shared.events.people import Actor, Contact
from shared.events.personal import Personal
from shared.events.priority import Priority


class ReviewAction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that is to be done so that it does not happen again; `due_on` is a local date."""

    what: str
    owner: str | None = None
    due_on: date | None = None


class ReviewOpened(msgspec.Struct, frozen=True, kw_only=True):
    """An incident was closed whose highest priority, corrections excepted, is one that is reviewed.

    `due_at` is a point in time, which no waiting and no opening hours move.
    """

    review: int
    highest_priority: Priority
    due_at: datetime
    by: Actor
    owner: Personal[Contact | None] = None


class ReviewAssigned(msgspec.Struct, frozen=True, kw_only=True):
    """An open review has another owner (`owner_changed`), another due instant, or both."""

    review: int
    due_at: datetime
    previous_due_at: datetime
    owner_changed: bool
    by: Actor
    owner: Personal[Contact | None] = None


class ReviewWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket was reopened before its review was done; closing it again opens the next one."""

    review: int
    reason: Literal["reopened"]
    by: Actor


class ReviewCompleted(msgspec.Struct, frozen=True, kw_only=True):
    """The review is done. `contentment`: how content the customer was, 1 to 5, none when nobody knows;
    `contentment_source`: whether the review itself says so, or the survey that the customer answered.
    """

    review: int
    by: Actor
    contentment: int | None = None
    contentment_source: Literal["review", "survey"] | None = None
    root_cause: Personal[str] = ""
    actions: Personal[tuple[ReviewAction, ...]] = ()
    contentment_comment: Personal[str] = ""
    lessons: Personal[str] = ""


ReviewEvent = ReviewOpened | ReviewAssigned | ReviewWithdrawn | ReviewCompleted
