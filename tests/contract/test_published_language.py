"""The published events: a JSON Schema and an immutable golden example for each type and version.

`python -m shared.events.schemas tests/contract/schemas` writes the schemas anew; a golden example, once
committed, never changes: it is what is stored in the wild.
"""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from shared.events import codec, wire
from shared.events.asyncapi import document
from shared.events.catalogue import BY_NAME, CATALOGUE, TOPICS, Entry
from shared.events.personal import personal_fields
from shared.events.schemas import json_schema

HERE = Path(__file__).parent


def golden(entry: Entry) -> bytes:
    return (HERE / "golden" / f"{entry.name}.json").read_bytes()


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_the_committed_schema_is_what_the_code_says(entry: Entry) -> None:
    assert json.loads((HERE / "schemas" / f"{entry.name}.json").read_text()) == json_schema(entry)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_the_golden_example_holds_to_its_schema(entry: Entry) -> None:
    validator = jsonschema.Draft202012Validator(json_schema(entry))
    validator.validate(json.loads(golden(entry)))


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_the_golden_example_is_read_and_written_back_the_same(entry: Entry) -> None:
    event = codec.decode(entry.name, golden(entry))
    assert event is not None
    assert json.loads(codec.join(*codec.encode(event))) == json.loads(golden(entry))


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_an_event_reads_with_every_personal_field_erased(entry: Entry) -> None:
    left = {k: v for k, v in json.loads(golden(entry)).items() if k not in personal_fields(entry.event)}
    assert isinstance(codec.decode(entry.name, json.dumps(left).encode()), entry.event)


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_a_field_added_later_does_not_disturb_todays_reader(entry: Entry) -> None:
    more = json.loads(golden(entry)) | {"added_in_the_future": 1}
    assert isinstance(codec.decode(entry.name, json.dumps(more).encode()), entry.event)


def test_every_schema_and_example_belongs_to_a_type_in_the_catalogue() -> None:
    files = {path.stem for folder in ("schemas", "golden") for path in (HERE / folder).glob("*.json")}
    assert files == set(BY_NAME)


def test_every_source_has_a_topic() -> None:
    assert {entry.source for entry in CATALOGUE} <= set(TOPICS)


def test_bytes_that_are_no_event_of_ours_are_undecodable() -> None:
    with pytest.raises(wire.Undecodable):
        wire.attributes([("ce_id", b"\xff")])


def test_no_struct_inside_an_event_holds_an_instant() -> None:
    """Instants are written with six decimals at the top level of an event only."""
    for entry in CATALOGUE:
        for field in msgspec.structs.fields(entry.event):
            if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
                assert "datetime.datetime" not in str(msgspec.structs.fields(field.type))


def test_the_committed_asyncapi_document_is_what_the_code_says() -> None:
    """`python -m shared.events.asyncapi > docs/api/asyncapi.json` writes it anew."""
    committed = HERE.parents[1] / "docs" / "api" / "asyncapi.json"
    assert json.loads(committed.read_text()) == json.loads(json.dumps(document()))
