"""What a feed says of an event is what its record on Kafka says."""

from datetime import UTC, datetime

import orjson
import pytest

from shared.events import wire
from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.people import SYSTEM
from shared.events.ticket import CommentAdded
from shared.messaging.feed_format import from_json, page_from_json, to_json

MOMENT = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
EVENT = Recorded(
    id=new_id(),
    type="CommentAdded.v1",
    source="/intake",
    subject=new_id(),
    version=3,
    tenant="acme",
    time=MOMENT,
    recorded_at=MOMENT,
    correlation_id=new_id(),
    causation_id=new_id(),
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    data=CommentAdded(comment_id="c1", visibility="public", by=SYSTEM, next_update_at=MOMENT, body="Hej"),
)


def test_an_event_survives_the_way_through_a_feed() -> None:
    received = from_json(orjson.dumps(to_json(EVENT)))
    assert wire.decode(received.attributes, received.value) == EVENT


def test_what_the_feed_route_serves_can_be_read() -> None:
    body = orjson.dumps({"items": [to_json(EVENT)], "next_cursor": "more"})
    page = page_from_json(body)
    assert page.next_cursor == "more"
    assert [wire.decode(item.attributes, item.value) for item in page.items] == [EVENT]


def test_a_type_unknown_here_keeps_its_place_in_the_order() -> None:
    received = from_json(orjson.dumps(to_json(EVENT) | {"type": "TicketBlessed.v9"}))
    assert received.version == 3
    assert wire.decode(received.attributes, received.value) is None


def test_what_is_no_cloudevent_of_ours_is_refused() -> None:
    with pytest.raises(wire.Undecodable):
        from_json(b'{"id": 1}')
