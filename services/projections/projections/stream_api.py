"""The stream of changes over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from projections.following import Following
from shared.runtime.auth import Principal, caller

_STREAM = {"text/event-stream": {"schema": {"type": "string"}}}


def stream_router(following: Following) -> APIRouter:
    """The route under /v1."""
    router = APIRouter(tags=["stream"])

    @router.get(
        "/v1/stream",
        summary="What changes, as it does (server-sent events)",
        description="Event `ticket`: `{id, versions, changed}`, the names of the fields that changed. Event"
        " `reset`: not all since `Last-Event-ID` is still there; read anew what you show. After 15 s of"
        " silence a comment.",
        response_class=Response,
        responses={200: {"description": "The stream", "content": _STREAM}},
    )
    async def follow_changes(
        principal: Annotated[Principal, Depends(caller())],
        # Unbounded: a browser sends again what it has, whatever the answer, so the answer is to begin anew.
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> Response:
        return following.response(principal.tenant, last_event_id or None)

    return router
