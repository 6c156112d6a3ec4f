"""The bodies that escalation accepts. Unknown fields are refused, and every text is bounded."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.runtime.text import NO_NUL, ONE_LINE, Body

PersonId = Annotated[
    str, StringConstraints(pattern=ONE_LINE, strip_whitespace=True, min_length=1, max_length=200)
]
Reason = Annotated[
    str, StringConstraints(pattern=NO_NUL, strip_whitespace=True, min_length=1, max_length=2000)
]


class AssignBody(Body):
    """`assignee` left out: the caller takes the ticket. Null: nobody has it. `line` moves it too."""

    assignee: PersonId | None = None
    line: Annotated[int, Field(ge=1, strict=True)] | None = None

    def assignee_or(self, caller: str) -> str | None:
        """Who is to have the ticket."""
        return self.assignee if "assignee" in self.model_fields_set else caller


class ReasonBody(Body):
    reason: Reason


class EmptyBody(Body):
    """No fields; the body may be left out."""
