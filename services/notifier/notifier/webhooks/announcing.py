"""The notifier's own events, told to hooks like the others': entered where they are appended."""

from collections.abc import Sequence
from uuid import UUID

from notifier.webhooks.entering import enter
from shared.events.envelope import Recorded
from shared.eventstore.database import Transaction
from shared.eventstore.store import Append, EventStore, FeedPage, FeedQuery


class Announcing:
    """An event store like the one within, whose appends make deliveries in the same transaction."""

    def __init__(self, store: EventStore) -> None:
        self._store = store

    async def append(self, tx: Transaction, appends: Sequence[Append]) -> list[Recorded]:
        """See the port."""
        stored = await self._store.append(tx, appends)
        await enter(tx, stored)
        return stored

    async def load(self, tx: Transaction, streams: Sequence[UUID]) -> dict[UUID, list[Recorded]]:
        """See the port."""
        return await self._store.load(tx, streams)

    async def feed(self, query: FeedQuery) -> FeedPage:
        """See the port."""
        return await self._store.feed(query)

    async def read(self, stream: UUID, tenant: str) -> list[Recorded]:
        """See the port."""
        return await self._store.read(stream, tenant)
