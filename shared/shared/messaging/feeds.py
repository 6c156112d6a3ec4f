"""The owners' feeds: how a consumer starts, and how a gap is filled. One HTTP client library, behind here."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

import httpx2

from shared.errors import Transient
from shared.events.codec import instant
from shared.events.wire import Undecodable
from shared.messaging.feed_format import FeedPage, page_from_json

PAGE = 1000


class Feeds(Protocol):
    """Reads across all partitions of a source, ordered by (subject, version)."""

    async def page(
        self,
        source: str,
        *,
        cursor: str | None = None,
        subject: UUID | None = None,
        changed_since: datetime | None = None,
    ) -> FeedPage:
        """One page. Raises Transient when the owner cannot answer now."""


async def pages(
    feeds: Feeds, source: str, *, subject: UUID | None = None, changed_since: datetime | None = None
) -> AsyncIterator[FeedPage]:
    """Every page of a feed, to its end."""
    cursor: str | None = None
    while True:
        page = await feeds.page(source, cursor=cursor, subject=subject, changed_since=changed_since)
        yield page
        if page.next_cursor is None:
            return
        cursor = page.next_cursor


class HttpFeeds:
    """`owners`: source → base URL of the service, such as `/intake` → `http://127.0.0.1:8001`."""

    def __init__(self, owners: Mapping[str, str], token: str) -> None:
        self._owners = {source: url.rstrip("/") for source, url in owners.items()}
        self._client = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=15)

    async def page(
        self,
        source: str,
        *,
        cursor: str | None = None,
        subject: UUID | None = None,
        changed_since: datetime | None = None,
    ) -> FeedPage:
        """See the port. Events of the owner's other sources are left out.

        A source under another, such as `/intake/directory`, is small beside it, and asked for alone.
        """
        asked = {
            "source": source if source.count("/") > 1 else None,
            "cursor": cursor,
            "subject": str(subject) if subject else None,
            "changed_since": instant(changed_since) if changed_since else None,
            "limit": str(PAGE),
        }
        url = f"{self._owners[source]}/v1/events"
        try:
            answer = await self._client.get(url, params={k: v for k, v in asked.items() if v is not None})
            answer.raise_for_status()
            page = page_from_json(answer.content)
        except (httpx2.HTTPError, Undecodable) as error:
            raise Transient("feed-unavailable", f"{url}: {type(error).__name__}: {error}") from error
        return FeedPage([item for item in page.items if item.attributes.source == source], page.next_cursor)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
