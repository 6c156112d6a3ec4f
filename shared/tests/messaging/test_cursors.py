"""Where a consumer goes on after it was away, and when it must not."""

import pytest

from shared.events.ids import new_id
from shared.messaging.cursors import Cursor, Phase, Place, TopicReplaced

PLACE = Place("ticket-events", 3)


def test_the_record_before_the_stored_offset_is_read_again_before_anything_is_handled() -> None:
    cursor, last = Cursor(PLACE), new_id()
    cursor.resume(10, last, 0, 15)
    assert (cursor.phase, cursor.reads_from) == (Phase.VERIFYING, 9)
    cursor.verify(last)
    assert (cursor.phase, cursor.reads_from) == (Phase.LIVE, 10)


def test_another_record_there_means_that_the_topic_was_replaced() -> None:
    cursor = Cursor(PLACE)
    cursor.resume(10, new_id(), 0, 15)
    with pytest.raises(TopicReplaced):
        cursor.verify(new_id())


def test_a_log_that_ends_before_the_stored_offset_has_lost_its_tail() -> None:
    with pytest.raises(TopicReplaced):
        Cursor(PLACE).resume(10, new_id(), 0, 9)


def test_a_log_that_begins_after_the_stored_offset_is_filled_from_the_feed() -> None:
    cursor = Cursor(PLACE)
    cursor.resume(10, new_id(), 11, 20)
    assert cursor.phase is Phase.FOLDING


def test_where_the_record_before_is_just_gone_there_is_nothing_to_verify() -> None:
    cursor = Cursor(PLACE)
    cursor.resume(10, new_id(), 10, 20)
    assert (cursor.phase, cursor.reads_from) == (Phase.LIVE, 10)
