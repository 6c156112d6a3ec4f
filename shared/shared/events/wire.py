"""CloudEvents 1.0, Kafka binding, binary mode: attributes as headers, data as the value."""

import re
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from shared.events import codec
from shared.events.catalogue import TOPICS
from shared.events.envelope import Event, Recorded

SCHEMA_BASE = "https://stafett.example/schemas/"
Headers = list[tuple[str, bytes]]
_VERSION = re.compile(r"[1-9][0-9]{0,9}")
_LARGEST_VERSION = 2**31 - 1
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""NUL as JSON writes it. PostgreSQL cannot keep it, and intake refuses it at the edge."""


class Undecodable(ValueError):
    """Bytes that are no event of ours; a consumer sets them aside whole."""


class Outgoing(NamedTuple):
    """A record ready for the producer; `value` is JSON, personal half joined in."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Attributes(NamedTuple):
    """The envelope alone, read before the data is: enough to check order and to skip unknown types."""

    id: UUID
    type: str
    source: str
    subject: UUID
    version: int
    tenant: str
    time: datetime
    recorded_at: datetime
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None


def outgoing(attributes: Attributes, value: bytes) -> Outgoing:
    """The Kafka record of one stored event."""
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(attributes.id).encode()),
        ("ce_type", attributes.type.encode()),
        ("ce_source", attributes.source.encode()),
        ("ce_subject", str(attributes.subject).encode()),
        ("ce_time", codec.instant(attributes.time).encode()),
        ("ce_recordedtime", codec.instant(attributes.recorded_at).encode()),
        ("ce_dataschema", f"{SCHEMA_BASE}{attributes.type}.json".encode()),
        ("ce_streamversion", str(attributes.version).encode()),
        ("ce_tenant", attributes.tenant.encode()),
        ("ce_correlationid", str(attributes.correlation_id).encode()),
        ("content-type", b"application/json"),
    ]
    if attributes.causation_id is not None:
        headers.append(("ce_causationid", str(attributes.causation_id).encode()))
    if attributes.traceparent is not None:
        headers.append(("traceparent", attributes.traceparent.encode()))
    topic = TOPICS[attributes.source]
    return Outgoing(topic, str(attributes.subject).encode(), value, headers)


def attributes(headers: Headers | tuple[tuple[str, bytes], ...]) -> Attributes:
    """The envelope of a received record. Raises Undecodable when a header is missing or malformed.

    Strict, because what passes here must also fit the tables in which a record can be set aside.
    """
    try:
        found = {name: value.decode() for name, value in headers}
        causation = found.get("ce_causationid")
        if any("\0" in name or "\0" in value for name, value in found.items()):
            raise Undecodable("a header holds NUL")
        return Attributes(
            id=UUID(found["ce_id"]),
            type=found["ce_type"],
            source=found["ce_source"],
            subject=UUID(found["ce_subject"]),
            version=_version(found["ce_streamversion"]),
            tenant=found["ce_tenant"],
            time=_instant(found["ce_time"]),
            recorded_at=_instant(found["ce_recordedtime"]),
            correlation_id=UUID(found["ce_correlationid"]),
            causation_id=UUID(causation) if causation else None,
            traceparent=found.get("traceparent"),
        )
    except (KeyError, ValueError, OverflowError, AttributeError) as error:
        raise Undecodable(f"the record's CloudEvents headers are not ours: {error!r}") from error


def _version(text: str) -> int:
    if not _VERSION.fullmatch(text) or int(text) > _LARGEST_VERSION:
        raise ValueError("a stream version is a whole number from 1")
    return int(text)


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs its zone")
    return moment.astimezone(UTC)


def recorded(attributes: Attributes, data: Event) -> Recorded:
    """Envelope and data as one."""
    return Recorded(**attributes._asdict(), data=data)


def decode(attributes: Attributes, value: bytes) -> Recorded | None:
    """The event of a received record; None for a type unknown here. Raises Undecodable for anything else."""
    if _NUL.search(value):
        raise Undecodable("the data holds NUL, which no text of ours does")
    try:
        data = codec.decode(attributes.type, value)
    except msgspec.MsgspecError as error:
        raise Undecodable(f"the data is no {attributes.type}: {error}") from error
    return None if data is None else recorded(attributes, data)
