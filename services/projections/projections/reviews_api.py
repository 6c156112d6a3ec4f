"""The list of post-incident reviews, for whoever has to see to it that they are done."""

from typing import Annotated

import asyncpg
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from projections.review_views import ListedReview, ReviewQuery
from projections.reviewing import Wanted, read_reviews
from shared.errors import Rejected
from shared.eventstore.database import Database
from shared.runtime.auth import SUPPORT_ROLES, Principal, caller
from shared.runtime.cursors import Page, decode_cursor, encode_cursor, page_response

Support = Annotated[Principal, Depends(caller(*SUPPORT_ROLES, "ops"))]


def reviews_router(database: Database) -> APIRouter:
    """The route under /v1."""
    router = APIRouter(tags=["reviews"])

    @router.get(
        "/v1/reviews",
        response_model=Page[ListedReview],
        summary="Post-incident reviews, the soonest due first",
    )
    async def list_reviews(
        request: Request, principal: Support, query: Annotated[ReviewQuery, Query()]
    ) -> Response:
        wanted = Wanted(
            principal.tenant,
            query.status,
            query.customer,
            query.owner,
            query.limit,
            None if query.cursor is None else _after(query.cursor, query),
        )
        try:
            async with database.reading(principal.tenant) as connection:
                listed = await read_reviews(connection, wanted)
        except asyncpg.DataError:
            # Only a cursor carries text that the database has yet to read.
            raise Rejected("invalid-cursor", "The cursor is none of ours; begin anew.", "/cursor") from None
        following = None
        if listed.following is not None:
            following = encode_cursor(query.question(), *listed.following)
        return page_response(request, listed.items, following)

    return router


def _after(cursor: str, query: ReviewQuery) -> tuple[str, str, str]:
    question, due_at, ticket, number = decode_cursor(cursor, tuple[str, str, str, str])
    if question != query.question():
        raise Rejected("invalid-cursor", "The cursor belongs to other filters; begin anew.", "/cursor")
    return due_at, ticket, number
