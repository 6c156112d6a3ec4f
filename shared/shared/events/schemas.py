"""JSON Schemas (2020-12) of the published events: `python -m shared.events.schemas FOLDER` writes them."""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from shared.events.catalogue import CATALOGUE, Entry
from shared.events.wire import SCHEMA_BASE


def json_schema(entry: Entry) -> dict[str, Any]:
    """The schema of one event type's data. Fields may be added later; none is ever removed in a version."""
    (reference,), definitions = msgspec.json.schema_components([entry.event], ref_template="#/$defs/{name}")
    schema = definitions.pop(reference["$ref"].rsplit("/", 1)[1])
    named = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{SCHEMA_BASE}{entry.name}.json",
        **schema,
        **({"$defs": definitions} if definitions else {}),
    }
    stable: dict[str, Any] = json.loads(json.dumps(in_stable_order(named)))
    return stable


def in_stable_order(node: Any) -> Any:
    """Literals come out of a set, in another order each run: a committed file wants one order."""
    match node:
        case dict():
            return {k: sorted(v) if k == "enum" else in_stable_order(v) for k, v in node.items()}
        case list():
            return [in_stable_order(item) for item in node]
        case _:
            return node


def write(folder: Path) -> None:
    """One file per event type."""
    for entry in CATALOGUE:
        text = json.dumps(json_schema(entry), indent=2, ensure_ascii=False)
        (folder / f"{entry.name}.json").write_text(text + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
