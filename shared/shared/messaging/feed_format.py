"""The feed's JSON: CloudEvents in structured mode, one object per event, in a page with a cursor.

The same pair serves the route that answers a feed and the client that reads one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import orjson

from shared.events import codec, wire
from shared.events.envelope import Recorded
from shared.messaging.received import Received


class FeedPage(NamedTuple):
    """Events ordered by (subject, version); `next_cursor` is None at the end."""

    items: Sequence[Received]
    next_cursor: str | None


class _Item(msgspec.Struct):
    id: UUID
    type: str
    source: str
    subject: UUID
    time: datetime
    recordedtime: datetime
    streamversion: int
    tenant: str
    correlationid: UUID
    data: msgspec.Raw
    causationid: UUID | None = None
    traceparent: str | None = None


class _Page(msgspec.Struct):
    items: list[_Item]
    next_cursor: str | None = None


_decode_item = msgspec.json.Decoder(_Item).decode
_decode_page = msgspec.json.Decoder(_Page).decode


def to_json(event: Recorded) -> dict[str, Any]:
    """`event` as a CloudEvents JSON object, both halves of its data joined; to be written by orjson."""
    found: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event.id),
        "type": event.type,
        "source": event.source,
        "subject": str(event.subject),
        "time": codec.instant(event.time),
        "recordedtime": codec.instant(event.recorded_at),
        "dataschema": f"{wire.SCHEMA_BASE}{event.type}.json",
        "datacontenttype": "application/json",
        "streamversion": event.version,
        "tenant": event.tenant,
        "correlationid": str(event.correlation_id),
    }
    if event.causation_id is not None:
        found["causationid"] = str(event.causation_id)
    if event.traceparent is not None:
        found["traceparent"] = event.traceparent
    found["data"] = orjson.Fragment(codec.join(*codec.encode(event.data)))
    return found


def from_json(event: bytes) -> Received:
    """One event from its JSON. Raises Undecodable."""
    try:
        return _received(_decode_item(event))
    except msgspec.MsgspecError as error:
        raise wire.Undecodable(f"no CloudEvent of ours: {error}") from error


def page_from_json(body: bytes) -> FeedPage:
    """A feed's answer. Raises Undecodable."""
    try:
        page = _decode_page(body)
    except msgspec.MsgspecError as error:
        raise wire.Undecodable(f"no feed page: {error}") from error
    return FeedPage([_received(item) for item in page.items], page.next_cursor)


def _received(item: _Item) -> Received:
    attributes = wire.Attributes(
        id=item.id,
        type=item.type,
        source=item.source,
        subject=item.subject,
        version=item.streamversion,
        tenant=item.tenant,
        time=item.time,
        recorded_at=item.recordedtime,
        correlation_id=item.correlationid,
        causation_id=item.causationid,
        traceparent=item.traceparent,
    )
    return Received(attributes, bytes(item.data))
