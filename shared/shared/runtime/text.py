"""Text at the edge, and the base of every request body."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

NO_NUL = r"^[^\x00]*$"

ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"

Text = Annotated[str, StringConstraints(pattern=NO_NUL)]
"""Any text that PostgreSQL can keep: no NUL. (Lone surrogates are no text, and pydantic refuses them.)"""

Line = Annotated[
    str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=500, strip_whitespace=True)
]
"""A subject or a name: one to 500 characters on one line. They go into mails, beside words of our own."""


def _with_words(text: str) -> str:
    if not any(character.isprintable() and not character.isspace() for character in text):
        raise ValueError("write something: blanks alone answer nobody")
    return text


Prose = Annotated[
    str,
    StringConstraints(pattern=NO_NUL, min_length=1, max_length=100_000),
    AfterValidator(_with_words),
]
"""What people write at length: one to 100,000 characters, and not blanks alone, which would stop a clock."""


class Body(BaseModel):
    """A request body: unknown fields are refused (422), so that a misspelt one is never lost silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
