"""GET /v1/events: how a new or rebuilt consumer starts, and how a gap is filled.

A service's sources share one feed: each event says its own, and `source` asks for one of them alone.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from shared.errors import Rejected
from shared.events.catalogue import TOPICS
from shared.eventstore.store import EventStore, FeedQuery
from shared.messaging.feed_format import to_json
from shared.runtime.auth import FEED_ROLES, Principal, caller
from shared.runtime.cursors import Version, decode_cursor, encode_cursor, page_response
from shared.runtime.instants import Instant

MOST = 1000


def feed_router(store: EventStore, source: str) -> APIRouter:
    """The feed of what `source` (such as `/intake`), and what stands under it, has stored, ordered by
    (subject, version)."""
    router = APIRouter(tags=["feed"])
    known = [name for name in TOPICS if name == source or name.startswith(f"{source}/")]

    @router.get("/v1/events", summary=f"Events of {source} as CloudEvents, by subject and version")
    async def read_feed(
        request: Request,
        principal: Annotated[Principal, Depends(caller(*FEED_ROLES))],
        cursor: Annotated[str | None, Query(max_length=500)] = None,
        subject: UUID | None = None,
        changed_since: Annotated[Instant | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
        wanted: Annotated[str | None, Query(alias="source", max_length=100)] = None,
    ) -> Response:
        if wanted is not None and wanted not in known:
            raise Rejected("unknown-source", f"Ask for one of {', '.join(known)}, or for all.", "/source")
        after = decode_cursor(cursor, tuple[UUID, Version]) if cursor is not None else None
        query = FeedQuery(after, subject, changed_since, limit, principal.tenant, wanted)
        page = await store.feed(query)
        following = encode_cursor(str(page.last[0]), page.last[1]) if page.last else None
        return page_response(request, [to_json(event) for event in page.events], following)

    return router
