"""The bodies that intake accepts. Unknown fields are refused, and every text is bounded."""

import re
from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BeforeValidator,
    EmailStr,
    Field,
    StrictBool,
    StringConstraints,
    model_validator,
)

from shared.events.people import Contact
from shared.events.ticket import Basis, Category, Channel, Priority, TicketType, Visibility
from shared.runtime.instants import Instant
from shared.runtime.text import ONE_LINE, Body, Line, Prose, Text

Reference = Annotated[
    str, StringConstraints(pattern=ONE_LINE, strip_whitespace=True, min_length=1, max_length=200)
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()/-]{2,30}$")]


_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _written_out(value: Any) -> Any:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("give a local date as YYYY-MM-DD, without a time")
    return value


LocalDate = Annotated[date, BeforeValidator(_written_out)]


def _can_be_mailed(address: str) -> str:
    if not address.rpartition("@")[0].isascii():
        raise ValueError("only ASCII characters can stand before the @: mail would not reach this address")
    return address


class ReporterBody(Body):
    """Who reports; reachable by e-mail or telephone."""

    name: Line
    email: Annotated[EmailStr, AfterValidator(_can_be_mailed)] | None = Field(default=None, max_length=254)
    phone: Phone | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.email is None and self.phone is None:
            raise ValueError("give an email or a phone, so that the person can be reached")
        return self

    def contact(self) -> Contact:
        return Contact(name=self.name, email=self.email, phone=self.phone)


class OpenTicketBody(Body):
    subject: Line
    description: Prose
    reporter: ReporterBody
    priority: Priority | None = None
    category: Category | None = None
    type: TicketType = "incident"
    channel: Channel = "api"
    customer: Reference | None = None
    contract: Reference | None = None
    reported_at: Instant | None = None
    external_ref: Reference | None = None


class CommentBody(Body):
    body: Prose
    visibility: Visibility = "public"
    next_update_at: Instant | None = None


class PriorityBody(Body):
    priority: Priority
    basis: Basis = "correction"
    reason: Annotated[Text, StringConstraints(max_length=2000)] = Field(
        "", description="Shown to the customer, as part of the ticket's documentation"
    )


class CategoryBody(Body):
    category: Category


class QuestionBody(Body):
    body: Prose


class WaitBody(Body):
    """`for` whom; waiting for the customer begins with a question instead."""

    awaited: Literal["supplier"] = Field(alias="for")
    reference: Reference


class AgreedDateBody(Body):
    due_at: Instant
    agreed_by: Line | None = None


class ExpectedBody(Body):
    expected_at: Instant


class ResolveBody(Body):
    solution: Prose
    cause: Annotated[Text, StringConstraints(max_length=10_000)] = Field(
        "", description="Shown to the customer, as part of the ticket's documentation"
    )
    workaround: StrictBool = False


class ReopenBody(Body):
    reason: Prose


class ContractBody(Body):
    contract: Reference


class SurveyBody(Body):
    score: Annotated[int, Field(ge=1, le=5, strict=True)]
    comment: Annotated[Text, StringConstraints(max_length=10_000)] = ""


class OwnerBody(Body):
    """Who sees to a review; they are mailed."""

    name: Line
    email: Annotated[EmailStr, AfterValidator(_can_be_mailed)] = Field(max_length=254)

    def contact(self) -> Contact:
        return Contact(name=self.name, email=self.email)


class ReviewBody(Body):
    """Another owner, another due instant, or both."""

    owner: OwnerBody | None = None
    due_at: Instant | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.owner is None and self.due_at is None:
            raise ValueError("give an owner, a due_at, or both")
        return self


class ActionBody(Body):
    """Something to be done so that it does not happen again."""

    what: Line
    owner: Line | None = None
    due_on: LocalDate | None = None


class ContentmentBody(Body):
    """How content the customer was with the handling, as far as support knows."""

    score: Annotated[int, Field(ge=1, le=5, strict=True)] | None = None
    comment: Annotated[Text, StringConstraints(max_length=10_000, strip_whitespace=True)] = ""


class CompletedReviewBody(Body):
    """Without `contentment` the survey's answer counts, when the customer gave one."""

    root_cause: Prose
    actions: Annotated[tuple[ActionBody, ...], Field(max_length=50)] = ()
    contentment: ContentmentBody = ContentmentBody()
    lessons: Annotated[Text, StringConstraints(max_length=100_000)] = ""


class MergeBody(Body):
    into: UUID


class SplitBody(Body):
    subject: Line
    description: Prose


class EmptyBody(Body):
    """No fields; the body may be left out."""
