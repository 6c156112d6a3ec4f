"""Instants at the edge: RFC 3339 with a zone in, UTC with `Z` and six decimals out."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.events.codec import instant

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?(?P<zone>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)


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
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("instant_value", "There is no such time in the calendar") from None


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
