"""The bodies that intake accepts. Unknown fields are refused, and every text is bounded."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, EmailStr, Field, StrictBool, StringConstraints, model_validator

from shared.events.people import Contact
from shared.events.ticket import Basis, Category, Channel, Priority, TicketType, Visibility
from shared.runtime.instants import Instant
from shared.runtime.text import ONE_LINE, Body, Line, Prose, Text

Reference = Annotated[
    str, StringConstraints(pattern=ONE_LINE, strip_whitespace=True, min_length=1, max_length=200)
]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 ()/-]{2,30}$")]


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
    reason: Annotated[Text, StringConstraints(max_length=2000)] = ""


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
    cause: Annotated[Text, StringConstraints(max_length=10_000)] = ""
    workaround: StrictBool = False


class ReopenBody(Body):
    reason: Prose


class ContractBody(Body):
    contract: Reference


class SurveyBody(Body):
    score: Annotated[int, Field(ge=1, le=5, strict=True)]
    comment: Annotated[Text, StringConstraints(max_length=10_000)] = ""


class MergeBody(Body):
    into: UUID


class SplitBody(Body):
    subject: Line
    description: Prose


class EmptyBody(Body):
    """No fields; the body may be left out."""
