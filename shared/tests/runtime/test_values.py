"""What crosses the edge: instants, text, cursors, entity tags, versions."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pydantic import TypeAdapter, ValidationError

from shared.errors import Rejected, Stale
from shared.runtime.consistency import parse_min_version, reached
from shared.runtime.cursors import Version, decode_cursor, encode_cursor
from shared.runtime.etags import etag, parse_if_match
from shared.runtime.instants import Instant
from shared.runtime.refusals import Malformed
from shared.runtime.responses import dumps
from shared.runtime.text import Text

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
HALF_SEVEN = datetime(2026, 3, 30, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-30T06:30:00Z",
        "2026-03-30t06:30:00z",
        "2026-03-30T08:30:00+02:00",
        "2026-03-30T06:30:00.0000000Z",
        "2026-03-30T06:30:00-00:00",
    ],
)
def test_an_instant_with_its_zone_is_read_as_utc(text: str) -> None:
    assert INSTANT.validate_python(text) == HALF_SEVEN


def test_an_instant_is_written_with_z_and_six_decimals() -> None:
    assert INSTANT.dump_json(HALF_SEVEN) == b'"2026-03-30T06:30:00.000000Z"'


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-30T06:30:00",
        datetime(2026, 3, 30),  # noqa: DTZ001 - naive on purpose
        1767222000,
        1.5,
        None,
        "1767222000",
        "2026-03-30",
        "2026-03-30 06:30:00Z",
        "2026-02-30T06:30:00Z",
        "2026-03-30T24:00:00Z",
        "2026-03-30T06:30:60Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "0012-05-09T00:00:00Z",
        "9999-12-31T23:59:59-23:59",
        "2026-03-30T06:30:00+99:99",
        "٢٠٢٦-03-30T06:30:00Z",
        "",
    ],
)
def test_anything_else_is_no_instant(value: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(value)


@given(some.text(max_size=40))
def test_no_text_makes_an_instant_fail_in_another_way(text: str) -> None:
    try:
        moment = INSTANT.validate_python(text)
    except ValidationError:
        return
    assert moment.tzinfo is UTC


def test_no_answer_holds_a_naive_time() -> None:
    assert dumps({"at": HALF_SEVEN}) == b'{"at":"2026-03-30T06:30:00.000000Z"}'
    with pytest.raises(TypeError):
        dumps({"at": HALF_SEVEN.replace(tzinfo=None)})


@given(some.text())
def test_text_is_anything_that_the_database_can_keep(text: str) -> None:
    adapter = TypeAdapter(Text)
    keepable = "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
    if keepable:
        assert adapter.validate_python(text) == text
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(text)


@given(some.uuids(), some.integers(1, 2**31))
def test_a_cursor_comes_back_as_it_was(subject: UUID, version: int) -> None:
    assert decode_cursor(encode_cursor(str(subject), version), tuple[UUID, int]) == (subject, version)


@given(some.text(max_size=60))
def test_no_other_text_is_a_cursor(text: str) -> None:
    with pytest.raises(Rejected, match="invalid-cursor"):
        decode_cursor(text, tuple[UUID, int])


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Rejected, match="invalid-cursor"):
        decode_cursor(encode_cursor("a", "b", 3), tuple[UUID, int])


def test_a_forged_cursor_cannot_overflow_or_poison_the_database() -> None:
    for forged, kind in ((encode_cursor(2**40), tuple[Version]), (encode_cursor("a\0b"), tuple[str])):
        with pytest.raises(Rejected, match="invalid-cursor"):
            decode_cursor(forged, kind)


def test_if_match_names_a_version() -> None:
    assert parse_if_match(etag(7)) == 7
    assert parse_if_match(' "7" ') == 7
    assert parse_if_match("*") is None
    assert parse_if_match(None) is None


@pytest.mark.parametrize("value", ['W/"7"', "7", '"7", "8"', '"7', "", "\u00e5"])
def test_a_tag_that_is_weak_or_malformed_is_a_bad_request(value: str) -> None:
    with pytest.raises(Malformed, match="invalid-if-match"):
        parse_if_match(value)


@pytest.mark.parametrize("value", ['"abc"', '"07"', '"-1"', '"99999999999"', '""'])
def test_a_tag_that_was_never_ours_is_stale(value: str) -> None:
    with pytest.raises(Stale):
        parse_if_match(value)


def test_min_version_names_versions_by_source() -> None:
    assert parse_min_version("intake:7,escalation:3") == {"intake": 7, "escalation": 3}
    assert parse_min_version("7") == {"intake": 7}
    assert parse_min_version(None) == {}


@pytest.mark.parametrize("text", ["x", "intake:", "intake:-1", "nobody:1", "7,intake:8", "7,", ":7", "٧"])
def test_any_other_min_version_is_refused(text: str) -> None:
    with pytest.raises(Rejected, match="invalid-min-version"):
        parse_min_version(text)


def test_versions_are_reached_when_each_is() -> None:
    assert reached({"intake": 7, "escalation": 3}, {"intake": 7})
    assert not reached({"intake": 7}, {"intake": 7, "escalation": 1})
