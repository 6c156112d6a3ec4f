"""The committed AsyncAPI document holds to the AsyncAPI Initiative's own schema of 3.0.0."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

HERE = Path(__file__).parent
DOCUMENT: dict[str, Any] = json.loads((HERE.parents[1] / "docs" / "api" / "asyncapi.json").read_text())


@pytest.fixture(scope="module")
def official() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(json.loads((HERE / "asyncapi" / "3.0.0.json").read_text()))


def test_the_document_holds_to_the_official_schema(official: jsonschema.Draft7Validator) -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    faults = [f"{list(fault.path)}: {fault.message[:200]}" for fault in official.iter_errors(DOCUMENT)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("part", ["channels", "operations"])
def test_the_schema_sees_a_member_that_is_none(official: jsonschema.Draft7Validator, part: str) -> None:
    broken = copy.deepcopy(DOCUMENT)
    next(iter(broken[part].values()))["adress"] = "ticket-events"
    assert not official.is_valid(broken)
