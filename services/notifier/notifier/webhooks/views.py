"""Rows as they are answered: plain JSON values, since some are kept to be given again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from shared.events.codec import instant

HOOK: Final = (
    *(
        "id",
        "url",
        "types",
        "customer",
        "audience",
        "description",
        "state",
        "disabled_because",
        "disabled_at",
    ),
    *("version", "created_by", "created_at", "last_success_at", "failing_since"),
)
DELIVERY: Final = (
    *("id", "webhook", "event_id", "event_type", "subject", "state", "attempts", "status", "reason"),
    *("created_at", "next_attempt_at", "settled_at"),
)
_ATTEMPT: Final = ("number", "at", "duration_ms", "status", "error", "answer")


class Row(Protocol):
    """A record of the database, read by its columns' names."""

    def __getitem__(self, name: str, /) -> Any: ...


def hook_json(row: Row) -> dict[str, Any]:
    """A hook."""
    return {name: _plain(row[name]) for name in HOOK}


def delivery_json(row: Row) -> dict[str, Any]:
    """A delivery. When the next attempt is due is told only while there is to be one."""
    shown = {name: _plain(row[name]) for name in DELIVERY}
    shown["event"] = shown.pop("event_id")
    if row["state"] != "pending":
        shown["next_attempt_at"] = None
    return shown


def delivery_detail(row: Row, attempts: Sequence[Row]) -> dict[str, Any]:
    """A delivery with what is sent and its log."""
    log = [{name: _plain(attempt[name]) for name in _ATTEMPT} for attempt in attempts]
    return delivery_json(row) | {"payload": orjson.loads(row["body"]), "log": log}


def act_json(row: Row, *, to_customer: bool) -> dict[str, Any]:
    """An act on a hook. Who in support acted is support's own."""
    shown = {name: _plain(row[name]) for name in ("version", "act", "by", "role", "at")}
    if to_customer and row["role"] not in ("client", "customer_user", "customer_admin", "system"):
        shown |= {"by": "support", "role": "support"}
    return shown


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return instant(value)
        case UUID():
            return str(value)
        case _:
            return value
