"""An event as it arrives, from Kafka or from a feed: envelope read, data still bytes.

The envelope is enough to check the order of a ticket's events before anyone looks at their types.
"""

from typing import NamedTuple
from uuid import UUID

from shared.events import wire
from shared.events.catalogue import TOPICS


class Received(NamedTuple):
    """One event of a stream; `value` is its data as JSON."""

    attributes: wire.Attributes
    value: bytes

    @property
    def subject(self) -> UUID:
        return self.attributes.subject

    @property
    def version(self) -> int:
        return self.attributes.version


def from_record(topic: str, headers: wire.Headers | tuple[tuple[str, bytes], ...], value: bytes) -> Received:
    """The event of a Kafka record. Raises Undecodable when it is none of ours, or another topic's."""
    attributes = wire.attributes(headers)
    if TOPICS.get(attributes.source) != topic:
        raise wire.Undecodable(f"an event of {attributes.source} does not belong on {topic}")
    if value is None:
        raise wire.Undecodable("the record has no value")
    return Received(attributes, value)
