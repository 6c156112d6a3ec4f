"""The AsyncAPI 3 document of the topics: `python -m shared.events.asyncapi > docs/api/asyncapi.json`."""

import json
import sys
from typing import Any

from shared.events.catalogue import CATALOGUE, TOPICS, Entry
from shared.events.schemas import json_schema

_HEADERS = {
    "ce_specversion": "CloudEvents version, 1.0",
    "ce_id": "unique per event; a record that appears again carries the same",
    "ce_type": "event type with its version",
    "ce_source": "the producing service",
    "ce_subject": "the stream's id, for tickets the ticket id; also the record's key",
    "ce_time": "when it happened (RFC 3339, UTC, microseconds)",
    "ce_recordedtime": "when it was stored",
    "ce_dataschema": "URI of the data's JSON Schema",
    "ce_streamversion": "1, 2, 3 … per subject and source, without gaps",
    "ce_tenant": "the customer's id",
    "ce_correlationid": "shared by everything that followed from one request",
    "ce_causationid": "the event that this one follows from, where there is one",
    "content-type": "application/json",
    "traceparent": "the W3C trace context in which it was made",
}
_OPTIONAL = {"ce_causationid", "traceparent"}


def document() -> dict[str, Any]:
    """The whole document, generated from the catalogue."""
    used = {topic: [e for e in CATALOGUE if TOPICS[e.source] == topic] for topic in TOPICS.values()}
    channels = {topic: entries for topic, entries in used.items() if entries}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Stafett events",
            "version": "1",
            "description": "CloudEvents 1.0 over Kafka, binary mode. Ignore types that you do not know.",
        },
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:8092", "protocol": "kafka"}},
        "channels": {topic: _channel(topic, entries) for topic, entries in channels.items()},
        "operations": {
            f"receive-{topic}": {"action": "send", "channel": {"$ref": f"#/channels/{topic}"}}
            for topic in channels
        },
        "components": {
            "messages": {entry.name: _message(entry) for entry in CATALOGUE},
            "schemas": {"headers": _headers()},
        },
    }


def _channel(topic: str, entries: list[Entry]) -> dict[str, Any]:
    return {
        "address": topic,
        "messages": {e.name: {"$ref": f"#/components/messages/{e.name}"} for e in entries},
        "bindings": {"kafka": {"topic": topic, "partitions": 12, "bindingVersion": "0.5.0"}},
    }


def _message(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "summary": (entry.event.__doc__ or "").split("\n")[0],
        "headers": {"$ref": "#/components/schemas/headers"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": json_schema(entry),
        },
        "bindings": {"kafka": {"key": {"type": "string", "format": "uuid"}, "bindingVersion": "0.5.0"}},
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "required": [name for name in _HEADERS if name not in _OPTIONAL],
        "properties": {name: {"type": "string", "description": text} for name, text in _HEADERS.items()},
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(document(), indent=2, ensure_ascii=False) + "\n")
