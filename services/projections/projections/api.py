"""Questions to the read models. Nothing here changes anything."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from projections.arrivals import PATIENCE, Arrivals
from projections.listing import Position, Sort, Wanted, read_list
from projections.reading import Found, read_ticket
from projections.views import ListQuery, Ticket, TicketSummary
from shared.errors import NotFound, Rejected
from shared.events.codec import instant
from shared.events.ids import made_within
from shared.eventstore.database import Database
from shared.runtime.app import not_built
from shared.runtime.auth import Principal, caller
from shared.runtime.consistency import YOUNG, parse_min_version, reached
from shared.runtime.cursors import Page, decode_cursor, encode_cursor, page_response
from shared.runtime.refusals import NotBuilt
from shared.runtime.responses import JsonResponse

STALE = "Stafett-Stale"
"""Set to `true` when the versions asked for had not come in time; `versions` then says what is shown."""

_LATER = (
    ("GET", "/v1/tickets/{ticket}/record"),
    ("GET", "/v1/reports/sla"),
    ("GET", "/v1/stream"),
)
_Aware = Annotated[datetime, msgspec.Meta(tz=True)]
Caller = Annotated[Principal, Depends(caller())]


def projections_router(database: Database, arrivals: Arrivals, patience: float = PATIENCE) -> APIRouter:
    """The routes under /v1. `patience`: seconds that a read waits for what it was told to expect."""
    router = APIRouter(tags=["tickets"])

    @router.get("/v1/tickets", response_model=Page[TicketSummary], summary="Tickets, filtered and sorted")
    async def tickets(request: Request, principal: Caller, query: Annotated[ListQuery, Query()]) -> Response:
        wanted = Wanted(
            tenant=principal.tenant,
            sort=query.sort,
            limit=query.limit,
            after=None if query.cursor is None else _position(query.cursor, query.sort),
            statuses=list(query.status),
            customers=query.customer,
            lines=query.line,
            priorities=list(query.priority),
            breached=query.breached,
            phrase=query.q,
        )
        async with database.reading(principal.tenant) as connection:
            listed = await read_list(connection, wanted)
        return page_response(request, listed.items, _cursor(listed.following, query.sort))

    @router.get(
        "/v1/tickets/{ticket}",
        response_model=Ticket,
        summary="A ticket with routing, deadlines and timeline",
        description="Waits up to 2 s for `min_version`. If that has not come by then, the answer is 200 with"
        f" what is there, `versions` that say so, and the header `{STALE}: true`.",
    )
    async def ticket(
        principal: Caller, ticket: UUID, min_version: str | None = None, as_of: str | None = None
    ) -> Response:
        if as_of is not None:
            raise NotBuilt("not-built", "?as_of= is not built yet; leave it out for the ticket as it stands.")
        least = parse_min_version(min_version)

        async def read() -> Found:
            async with database.reading(principal.tenant) as connection:
                return await read_ticket(connection, principal.tenant, ticket)

        def enough(found: Found) -> bool:
            if found.ticket is None:
                # An id carries the clock of the process that made it, not the database's.
                return not least and not made_within(ticket, YOUNG, datetime.now(UTC))
            return reached(found.versions, least)

        found = await arrivals.wait(ticket, read, enough, patience)
        if found.ticket is None:
            raise NotFound("not-found", "There is no such ticket.")
        headers = {} if reached(found.versions, least) else {STALE: "true"}
        return JsonResponse(found.ticket, headers=headers)

    for method, path in _LATER:
        not_built(router, method, path)
    return router


def _cursor(position: Position | None, sort: Sort) -> str | None:
    return None if position is None else encode_cursor(sort, instant(position.moment), str(position.ticket))


def _position(cursor: str, sort: Sort) -> Position:
    sorted_by, moment, ticket = decode_cursor(cursor, tuple[str, _Aware, UUID])
    if sorted_by != sort:
        raise Rejected("invalid-cursor", "The cursor belongs to another sort; begin anew.", "/cursor")
    try:
        return Position(moment.astimezone(UTC), ticket)
    except OverflowError:
        raise Rejected("invalid-cursor", "The cursor is none of ours; begin anew.", "/cursor") from None
