"""Progress marks: "everything of this source up to this instant is out, before this offset"."""

from datetime import datetime

import msgspec

from shared.events.codec import instant
from shared.messaging.publisher import Record


class Mark(msgspec.Struct, frozen=True):
    """All of `source` recorded up to `through` stands before `next_offset` of that topic and partition.

    It travels on the partition of the same number of the topic `progress`.
    """

    source: str
    topic: str
    partition: int
    through: datetime
    next_offset: int


def encode(mark: Mark) -> Record:
    """The record of a mark; its key is the source."""
    value = msgspec.json.encode(msgspec.structs.asdict(mark) | {"through": instant(mark.through)})
    return Record(mark.source.encode(), value, [("content-type", b"application/json")])


def decode(value: bytes) -> Mark:
    """Raises msgspec.MsgspecError when the bytes are no mark."""
    return msgspec.json.decode(value, type=Mark)
