"""Ids: time-ordered for what someone asked for, derived for what follows from something."""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

import uuid_utils

_DERIVED = UUID("6f0f3c0e-6b0b-5d0c-9d5e-7f2b1a9c4e11")


def new_id() -> UUID:
    """A fresh UUIDv7: its first 48 bits are milliseconds, so newer ids sort later."""
    return UUID(int=uuid_utils.uuid7().int)


def derived_id(cause: UUID | str, name: str, ordinal: int | str = 0) -> UUID:
    """The id of the event `name` that follows from `cause`: doing it again makes the same event."""
    return uuid5(_DERIVED, f"{cause}/{name}/{ordinal}")


def made_within(identifier: UUID, age: timedelta, now: datetime) -> bool:
    """Whether `identifier` is a UUIDv7 made less than `age` before `now`, or after it: clocks differ."""
    if identifier.version != 7:
        return False
    # Seconds, not a datetime: 48 bits of milliseconds reach past the year 9999, where that ends.
    return abs(now.timestamp() - (identifier.int >> 80) / 1000) < age.total_seconds()
