"""A stored event as CloudEvents JSON, as the feed gives it."""

from typing import Any

import orjson

from shared.events import codec
from shared.events.envelope import Recorded
from shared.events.wire import SCHEMA_BASE


def to_json(event: Recorded) -> dict[str, Any]:
    """The event in the structured JSON format of CloudEvents 1.0, both halves of its data joined."""
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event.id),
        "type": event.type,
        "source": event.source,
        "subject": str(event.subject),
        "time": codec.instant(event.time),
        "recordedtime": codec.instant(event.recorded_at),
        "dataschema": f"{SCHEMA_BASE}{event.type}.json",
        "streamversion": event.version,
        "tenant": event.tenant,
        "correlationid": str(event.correlation_id),
        "datacontenttype": "application/json",
        "data": orjson.Fragment(codec.join(*codec.encode(event.data))),
    }
    if event.causation_id is not None:
        document["causationid"] = str(event.causation_id)
    if event.traceparent is not None:
        document["traceparent"] = event.traceparent
    return document
