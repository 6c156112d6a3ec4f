"""Records as the service makes them of a story, without a database."""

from typing import Any

import orjson

from projections.domain.fold import fold
from projections.domain.record import record
from projections.domain.standing import standing
from projections.domain.timeline import in_order
from shared.events.visibility import shown_of
from shared.runtime.responses import dumps

VERSIONS = {"intake": 7, "sla-engine": 3, "escalation": 2, "notifier": 1}


def documented(story: Any, *, support: bool = True) -> dict[str, Any]:
    """The record of `story`'s ticket as JSON, for support or for the customer."""
    ticket = standing(story.ticket, story.events, support)
    assert ticket is not None
    shown = [e for e in fold(story.events).timeline if support or e.visibility == "public"]
    ticket["versions"] = VERSIONS
    ticket["timeline"] = [
        {
            "source": entry.source.removeprefix("/"),
            "version": entry.version,
            "type": entry.type,
            "time": entry.time,
            "recorded_at": entry.recorded_at,
            "visibility": entry.visibility,
            "data": _data(entry.type, entry.data, support),
        }
        for entry in in_order(shown)
    ]
    made: dict[str, Any] = orjson.loads(dumps(record(ticket)))
    return made


def _data(event_type: str, data: str, support: bool) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(data)
    return found if support else shown_of(event_type, found)
