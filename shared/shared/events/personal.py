"""Which fields of an event are personal data.

Personal fields are stored in a table of their own, so that erasure is a delete (the event stays, and the
stream's hash chain with it), and they never stand in keys, headers, ids or logs.
"""

from functools import cache
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec

T = TypeVar("T")
_MARK = "personal"
Personal = Annotated[T, msgspec.Meta(extra={_MARK: True})]


@cache
def personal_fields(event_type: type[msgspec.Struct]) -> frozenset[str]:
    """The names of the fields of `event_type` that are marked `Personal`."""
    hints = get_type_hints(event_type, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _is_personal(hint))


def _is_personal(hint: Any) -> bool:
    return any(
        isinstance(meta, msgspec.Meta) and bool((meta.extra or {}).get(_MARK))
        for meta in getattr(hint, "__metadata__", ())
    )
