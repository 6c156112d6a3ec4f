"""Where this instance stands on each partition that it has been assigned."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple
from uuid import UUID


class TopicReplaced(Exception):
    """The record before the stored offset is not the one processed: the topic was recreated or lost its tail.

    An operator accepts it with `python -m shared.messaging.dlq accept-topic`; the feeds then fill the gap.
    """


class Phase(Enum):
    """What is to happen next on a partition."""

    UNSETTLED = "unsettled"  # assigned; the stored offset is not read yet
    FOLDING = "folding"  # its tickets are being read from the owner's feed
    VERIFYING = "verifying"  # the record before the stored offset is being read again
    LIVE = "live"  # records follow the stored offset


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(slots=True, eq=False)
class Cursor:
    """One assignment of one partition; a new assignment gets a new cursor, so a stale task can tell."""

    place: Place
    phase: Phase = Phase.UNSETTLED
    next_offset: int = 0
    last_event_id: UUID | None = None

    @property
    def reads_from(self) -> int:
        """The offset to seek to."""
        return self.next_offset - 1 if self.phase is Phase.VERIFYING else self.next_offset

    def resume(self, stored_offset: int, last_event_id: UUID | None, start: int, end: int) -> None:
        """Go on from what is stored, on a log from `start` to `end`. Raises TopicReplaced.

        A stored offset before the log's start is for the feed to fill: then the phase is FOLDING.
        """
        self.next_offset, self.last_event_id = stored_offset, last_event_id
        if stored_offset > end:
            raise TopicReplaced(f"{self.place}: offset {stored_offset} was processed, the log ends at {end}")
        if stored_offset < start:
            self.phase = Phase.FOLDING
        elif last_event_id is not None and stored_offset > start:
            self.phase = Phase.VERIFYING
        else:
            self.phase = Phase.LIVE

    def verify(self, event_id: UUID | None) -> None:
        """The record before the stored offset carries `event_id`. Raises TopicReplaced."""
        if event_id != self.last_event_id:
            raise TopicReplaced(
                f"{self.place}: offset {self.next_offset - 1} was event {self.last_event_id}, is {event_id}"
            )
        self.phase = Phase.LIVE

    def go_live(self, next_offset: int) -> None:
        """Records from `next_offset` on are next."""
        self.next_offset, self.last_event_id, self.phase = next_offset, None, Phase.LIVE
