"""The port of an event store: load one stream, append to several, read across streams for the feed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from shared.errors import Conflict
from shared.events.envelope import Event, Recorded
from shared.eventstore.database import Transaction


class StreamConflict(Conflict):
    """The stream had moved on: what was decided rests on an old version."""

    def __init__(self) -> None:
        super().__init__("version-conflict", "The ticket changed meanwhile; read it again and retry.")


class NewEvent(NamedTuple):
    """An event about to be appended. `time` is when it happened."""

    id: UUID
    time: datetime
    data: Event


@dataclass(frozen=True, slots=True)
class Append:
    """Events to add to one stream, whose newest version must be `expected` (0: must not exist)."""

    stream: UUID
    tenant: str
    expected: int
    events: Sequence[NewEvent]
    correlation_id: UUID
    causation_id: UUID | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Events ordered by (subject, version); `last` is where the next page begins, None at the end."""

    events: Sequence[Recorded]
    last: tuple[UUID, int] | None = None


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """What a subscriber asks for: all, one `subject`, or streams with events stored since `changed_since`.

    `source`: only what stands at that one of the service's sources, such as `/intake/directory`.
    """

    after: tuple[UUID, int] | None = None
    subject: UUID | None = None
    changed_since: datetime | None = None
    limit: int = 100
    tenant: str = field(default="*")
    source: str | None = None


class EventStore(Protocol):
    """The same contract suite runs over every adapter."""

    async def load(self, tx: Transaction, streams: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
        """Each known stream's events in version order; unknown streams, and other sources', are absent."""

    async def append(self, tx: Transaction, appends: Sequence[Append]) -> list[Recorded]:
        """Append with event, personal half and outbox row together.

        At most one append per stream in one call. Raises StreamConflict when any stream is not at its
        expected version (or an event id exists already); then the transaction is unusable.
        """

    async def feed(self, query: FeedQuery) -> FeedPage:
        """A page of the store, whatever its source, ordered by (subject, version)."""

    async def read(self, stream: UUID, tenant: str) -> list[Recorded]:
        """One stream as `tenant` may see it: empty when it is another's or another source's, or unknown."""
