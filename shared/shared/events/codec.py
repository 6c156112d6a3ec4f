"""Event data to bytes and back, the personal half apart from the public half.

Instants are written as UTC RFC 3339 with `Z` and always six decimals, so that they compare as text.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast, get_args, get_type_hints

import msgspec

from shared.events.catalogue import BY_NAME
from shared.events.envelope import Event
from shared.events.personal import personal_fields
from shared.events.upcasting import upcast

_encode = msgspec.json.Encoder().encode
Decoder = Callable[[bytes], Event]


def instant(moment: datetime) -> str:
    """`moment` as the contract writes it, such as `2026-03-30T06:30:00.000000Z`. Naive times are refused."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs its zone: give an aware datetime")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def encode(event: Event) -> tuple[bytes, bytes | None]:
    """`event` as two JSON objects: the public fields, and the personal ones or None."""
    fields = msgspec.structs.asdict(event)
    for name in _later_fields(type(event)):
        if fields[name] is msgspec.UNSET:  # added to the type later: an older event stays as it was written
            del fields[name]
    for name in _instant_fields(type(event)):
        if fields.get(name) is not None:
            fields[name] = instant(fields[name])
    personal = {name: fields.pop(name) for name in personal_fields(type(event)) if name in fields}
    return _encode(fields), _encode(personal) if personal else None


def join(public: bytes, personal: bytes | None) -> bytes:
    """One JSON object of both halves, as it goes over the wire; without the second half after erasure."""
    if personal is None or personal == b"{}":
        return public
    if public == b"{}":
        return personal
    return public[:-1] + b"," + personal[1:]


def decode(name: str, data: bytes) -> Event | None:
    """The event named `name` from its JSON, older versions lifted to today's class; None if unknown here.

    Raises msgspec.ValidationError or msgspec.DecodeError when the bytes are no such event.
    """
    name, data = upcast(name, data)
    entry = BY_NAME.get(name)
    return None if entry is None else _decoder(entry.event)(data)


@cache
def _decoder(event_type: type[Event]) -> Decoder:
    return cast(Decoder, msgspec.json.Decoder(event_type).decode)


@cache
def _later_fields(event_type: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(n for n, hint in get_type_hints(event_type).items() if msgspec.UnsetType in get_args(hint))


@cache
def _instant_fields(event_type: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(n for n, hint in get_type_hints(event_type).items() if _holds_instant(hint))


def _holds_instant(hint: Any) -> bool:
    return hint is datetime or datetime in get_args(hint)
