"""What is taken for an event of ours, and what is set aside: nothing that passes may break a table later."""

from datetime import UTC, datetime

import pytest

from shared.events import wire
from shared.events.ids import new_id

GOOD = {
    "ce_id": str(new_id()),
    "ce_type": "WorkStarted.v1",
    "ce_source": "/intake",
    "ce_subject": str(new_id()),
    "ce_streamversion": "1",
    "ce_tenant": "acme",
    "ce_time": "2026-03-30T06:30:00.000000Z",
    "ce_recordedtime": "2026-03-30T06:30:00.000000Z",
    "ce_correlationid": str(new_id()),
}
BY = b'{"by":{"id":"a","party":"support","role":"agent"},"more":"%s"}'


def headers(**changed: str) -> wire.Headers:
    return [(name, value.encode()) for name, value in (GOOD | changed).items()]


def test_a_good_envelope_is_read() -> None:
    read = wire.attributes(headers())
    assert (read.version, read.time) == (1, datetime(2026, 3, 30, 6, 30, tzinfo=UTC))


@pytest.mark.parametrize("version", ["0", "-1", "1_0", " 3", "٣", "1.0", "1099511627776", ""])
def test_a_version_is_a_whole_number_from_one_that_a_table_holds(version: str) -> None:
    with pytest.raises(wire.Undecodable):
        wire.attributes(headers(ce_streamversion=version))


@pytest.mark.parametrize("moment", ["2026-03-30T06:30:00", "0001-01-01T00:00:00+14:00", "yesterday"])
@pytest.mark.parametrize("name", ["ce_time", "ce_recordedtime"])
def test_an_instant_has_a_zone_and_a_place_in_utc(name: str, moment: str) -> None:
    with pytest.raises(wire.Undecodable):
        wire.attributes(headers(**{name: moment}))


@pytest.mark.parametrize("name", ["ce_type", "ce_tenant", "ce_source", "x\0y"])
def test_no_header_holds_nul(name: str) -> None:
    with pytest.raises(wire.Undecodable):
        wire.attributes(headers(**{name: "a\0b"}))


@pytest.mark.parametrize("missing", GOOD)
def test_no_header_may_be_missing(missing: str) -> None:
    with pytest.raises(wire.Undecodable):
        wire.attributes([(name, value) for name, value in headers() if name != missing])


@pytest.mark.parametrize("text", [rb"a\u0000b", rb"\\\u0000"])
def test_data_with_nul_is_no_event(text: bytes) -> None:
    with pytest.raises(wire.Undecodable):
        wire.decode(wire.attributes(headers()), BY % text)


def test_a_backslash_before_u0000_is_only_text() -> None:
    assert wire.decode(wire.attributes(headers()), BY % rb"\\u0000") is not None
