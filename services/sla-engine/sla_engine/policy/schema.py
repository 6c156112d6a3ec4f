"""The JSON Schema (2020-12) of a policy file, for editors: `python -m sla_engine.policy schema` prints it."""

import json
from typing import Any

import msgspec

from shared.events.schemas import in_stable_order
from shared.events.wire import SCHEMA_BASE
from sla_engine.policy.shape import File


def schema() -> dict[str, Any]:
    """What a file may hold; what only contradicts itself, `check` tells."""
    (reference,), parts = msgspec.json.schema_components([File], ref_template="#/$defs/{name}")
    whole = parts.pop(reference["$ref"].rsplit("/", 1)[1])
    named: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{SCHEMA_BASE}policy.json",
        **whole,
        "title": "Policy",
        "$defs": parts,
    }
    stable: dict[str, Any] = json.loads(json.dumps(in_stable_order(named)))
    return stable


def text() -> str:
    """As it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
