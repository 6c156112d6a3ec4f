"""The bodies that the engine accepts. Unknown fields are refused."""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from shared.runtime.instants import Instant
from shared.runtime.text import Line
from sla_engine.domain.days import Hours
from sla_engine.domain.policy import Priority

MOST_PREVIEWS = 1000
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"


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


class IntervalBody(Body):
    """Opening hours of one day by the contract's clocks; 24:00 is the day's end."""

    opens: Annotated[str, StringConstraints(pattern=_CLOCK)] = Field(alias="from")
    closes: Annotated[str, StringConstraints(pattern=_CLOCK)] = Field(alias="to")

    @model_validator(mode="after")
    def _begins_first(self) -> Self:
        if _minutes(self.opens) >= _minutes(self.closes):
            raise ValueError("An interval begins before it ends, within one day.")
        return self


class DeviationBody(Body):
    """The hours that support will have on one date; without intervals it is closed."""

    date: date
    intervals: Annotated[list[IntervalBody], Field(max_length=20)]
    reason: Line

    @field_validator("date", mode="before")
    @classmethod
    def _written_out(cls, value: Any) -> Any:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError("Give a local date as YYYY-MM-DD, without a time.")
        return value

    @field_validator("intervals")
    @classmethod
    def _in_order(cls, intervals: list[IntervalBody]) -> list[IntervalBody]:
        for one, following in pairwise(intervals):
            if _minutes(following.opens) < _minutes(one.closes):
                raise ValueError("Intervals come in order, each after the end of the one before.")
        return intervals

    def hours(self) -> tuple[Hours, ...]:
        """The intervals in minutes after local midnight."""
        return tuple(Hours(_minutes(each.opens), _minutes(each.closes)) for each in self.intervals)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _shape(body: Any) -> str:
    return "many" if isinstance(body, Sequence) and not isinstance(body, str | bytes) else "one"


PreviewBodies = Annotated[
    Annotated[PreviewBody, Tag("one")]
    | Annotated[list[PreviewBody], Field(max_length=MOST_PREVIEWS), Tag("many")],
    Discriminator(_shape),
]
"""One body, or a list of them."""
