"""The event store in memory, for unit tests. It passes the same contract suite as the one in PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import UUID

from shared.events.catalogue import type_name
from shared.events.envelope import Recorded
from shared.eventstore.database import ALL_TENANTS, Transaction
from shared.eventstore.store import Append, FeedPage, FeedQuery, StreamConflict

if TYPE_CHECKING:
    from shared.eventstore.database import Connection


class MemoryEventStore:
    """Streams in a dict. `now` is the injected clock."""

    def __init__(self, source: str, now: Callable[[], datetime]) -> None:
        self._source = source
        self._now = now
        self._streams: dict[UUID, list[Recorded]] = {}
        self._staged: list[Recorded] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """What is appended inside is kept only when the block ends without an error."""
        self._staged = []
        yield Transaction(cast("Connection", None), self._now(), 0)
        for event in self._staged:
            self._streams.setdefault(event.subject, []).append(event)
        self._staged = []

    async def load(self, tx: Transaction, streams: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
        return {stream: list(self._streams[stream]) for stream in streams if stream in self._streams}

    async def append(self, tx: Transaction, appends: Sequence[Append]) -> list[Recorded]:
        known = {event.id for stream in self._streams.values() for event in stream}
        stored = []
        for append in appends:
            history = self._streams.get(append.stream, [])
            if len(history) != append.expected or any(e.tenant != append.tenant for e in history):
                raise StreamConflict
            for version, event in enumerate(append.events, start=append.expected + 1):
                if event.id in known:
                    raise StreamConflict
                stored.append(
                    Recorded(
                        id=event.id,
                        type=type_name(event.data),
                        source=self._source,
                        subject=append.stream,
                        version=version,
                        tenant=append.tenant,
                        time=event.time,
                        recorded_at=tx.now,
                        correlation_id=append.correlation_id,
                        causation_id=append.causation_id,
                        traceparent=append.traceparent,
                        data=event.data,
                    )
                )
        self._staged += stored
        return stored

    async def feed(self, query: FeedQuery) -> FeedPage:
        changed = {
            stream
            for stream, events in self._streams.items()
            if query.changed_since is None or any(e.recorded_at >= query.changed_since for e in events)
        }
        events = [
            event
            for stream in sorted(changed)
            for event in self._streams[stream]
            if query.subject in (None, stream)
            and query.tenant in (ALL_TENANTS, event.tenant)
            and (query.after is None or (stream, event.version) > query.after)
            and query.source in (None, event.source)
        ]
        page = events[: query.limit]
        last = (page[-1].subject, page[-1].version) if len(page) == query.limit else None
        return FeedPage(page, last)

    async def read(self, stream: UUID, tenant: str) -> list[Recorded]:
        return [e for e in self._streams.get(stream, []) if tenant in (ALL_TENANTS, e.tenant)]
