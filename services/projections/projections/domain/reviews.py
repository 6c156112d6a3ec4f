"""Post-incident reviews, as intake tells them."""

from collections.abc import Mapping
from typing import Any, assert_never

import msgspec
import orjson
from msgspec.structs import replace

from projections.domain.changes import ReviewChange
from shared.events.envelope import Recorded
from shared.events.people import Contact
from shared.events.review import (
    ReviewAssigned,
    ReviewCompleted,
    ReviewEvent,
    ReviewOpened,
    ReviewWithdrawn,
)

_PLAIN = (
    "number", "status", "overdue", "highest_priority", "opened_at", "due_at", "withdrawn_at", "completed_at",
)  # fmt: skip


def review_change(before: ReviewChange | None, event: Recorded, data: ReviewEvent) -> ReviewChange:
    """`before`, from earlier in the batch, with `event` on top."""
    change = before or ReviewChange(
        ticket=event.subject, review=data.review, tenant=event.tenant, version=event.version
    )
    return replace(change, version=event.version, **_values(event, data))


def review_fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A review as the API shows it; what was found is there once it is completed."""
    outcome = {} if row["outcome"] is None else orjson.loads(row["outcome"])
    return {
        **{name: row[name] for name in _PLAIN},
        "owner": None if row["owner"] is None else orjson.Fragment(row["owner"]),
        "root_cause": outcome.get("root_cause", ""),
        "actions": outcome.get("actions", []),
        "contentment": outcome.get("contentment", {"score": None, "comment": "", "source": None}),
        "lessons": outcome.get("lessons", ""),
    }


def _values(event: Recorded, data: ReviewEvent) -> dict[str, Any]:
    match data:
        case ReviewOpened():
            return {
                "status": "open",
                "highest_priority": data.highest_priority,
                "opened_at": event.time,
                "due_at": data.due_at,
                "owner": _owner(data.owner),
            }
        case ReviewAssigned():
            return {"due_at": data.due_at, "owner": _owner(data.owner)}
        case ReviewWithdrawn():
            return {"status": "withdrawn", "withdrawn_at": event.time}
        case ReviewCompleted():
            return {"status": "completed", "completed_at": event.time, "outcome": _outcome(data)}
        case _:
            assert_never(data)


def _owner(owner: Contact | None) -> str | None:
    return None if owner is None else _json(msgspec.structs.asdict(owner))


def _outcome(done: ReviewCompleted) -> str:
    return _json(
        {
            "root_cause": done.root_cause,
            "actions": [msgspec.structs.asdict(action) for action in done.actions],
            "contentment": {
                "score": done.contentment,
                "comment": done.contentment_comment,
                "source": done.contentment_source,
            },
            "lessons": done.lessons,
        }
    )


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
