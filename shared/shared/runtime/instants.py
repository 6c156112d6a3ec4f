"""Instants at the edge: RFC 3339 with a zone in, UTC with `Z` and six decimals out."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.events.codec import instant

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)


# Wide enough for any ticket, and narrow enough that no zone or added term leaves what datetime can hold.
_FIRST_YEAR, _LAST_YEAR = 1970, 9000


def parse_instant(value: Any) -> datetime:
    """`value` as an aware UTC datetime. Raises PydanticCustomError, which says what to change."""
    match value:
        case datetime() if value.tzinfo is not None:
            return _utc(value)
        case datetime():
            raise _naive()
        case str():
            return _from_text(value)
        case _:
            raise PydanticCustomError(
                "instant_type", "Give an RFC 3339 time as text, such as {example}", _EXAMPLE
            )


def _from_text(text: str) -> datetime:
    found = _RFC3339.fullmatch(text)
    if found is None:
        raise PydanticCustomError(
            "instant_format", "Give an RFC 3339 time, such as {example} (in a query write + as %2B)", _EXAMPLE
        )
    if found["zone"] is None:
        raise _naive()
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        raise PydanticCustomError("instant_value", "There is no such time in the calendar") from None
    return _utc(moment)


def _utc(moment: datetime) -> datetime:
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise PydanticCustomError("instant_range", "Give a time between the years 1970 and 9000")
    return moment.astimezone(UTC)


def _naive() -> PydanticCustomError:
    return PydanticCustomError(
        "instant_naive", "The time needs its zone: end it with Z or an offset, such as {example}", _EXAMPLE
    )


_EXAMPLE = {"example": "2026-03-30T06:30:00Z"}

Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    PlainSerializer(instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-03-30T06:30:00.000000Z"]}),
]
"""A pydantic field type: aware UTC inside, text outside. Naive times and numbers are refused."""
