"""Questions to the read models. Nothing here changes anything."""

from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from projections.arrivals import PATIENCE, Arrivals, is_believed
from projections.listing import Wanted, key_length, read_list
from projections.past import read_past
from projections.reading import Found, read_ticket
from projections.views import FILTERS, ListQuery, Ticket, TicketSummary
from shared.errors import NotFound, Rejected
from shared.eventstore.database import Database
from shared.runtime.auth import Principal, caller
from shared.runtime.consistency import parse_min_version, reached
from shared.runtime.cursors import Page, decode_cursor, encode_cursor, page_response
from shared.runtime.instants import Instant
from shared.runtime.responses import JsonResponse

STALE = "Stafett-Stale"
"""Set to `true` when the versions asked for had not come in time; `versions` then says what is shown."""

Caller = Annotated[Principal, Depends(caller())]


def projections_router(database: Database, arrivals: Arrivals, patience: float = PATIENCE) -> APIRouter:
    """The routes under /v1. `patience`: seconds that a read waits for what it was told to expect."""
    router = APIRouter(tags=["tickets"])

    @router.get("/v1/tickets", response_model=Page[TicketSummary], summary="Tickets, filtered and sorted")
    async def list_tickets(
        request: Request, principal: Caller, query: Annotated[ListQuery, Query()]
    ) -> Response:
        wanted = _wanted(principal, query)
        try:
            async with database.reading(principal.tenant) as connection:
                listed = await read_list(connection, wanted)
        except asyncpg.DataError:
            # Only a cursor carries text that the database has yet to read.
            raise Rejected("invalid-cursor", "The cursor is none of ours; begin anew.", "/cursor") from None
        following = None
        if listed.following is not None:
            following = encode_cursor(query.sort, query.question(), *listed.following)
        return page_response(request, listed.items, following)

    @router.get(
        "/v1/tickets/{ticket}",
        name="read_ticket",
        response_model=Ticket,
        summary="A ticket with routing, deadlines and timeline",
        description="Waits up to 2 s for `min_version`. If that has not come by then, the answer is 200 with"
        f" what is there, `versions` that say so, and the header `{STALE}: true`. With `as_of`: as it stood"
        " after what had happened by then; with `known_at`: after what had been stored by then.",
    )
    async def ticket(
        principal: Caller,
        ticket: UUID,
        min_version: str | None = None,
        as_of: Instant | None = None,
        known_at: Instant | None = None,
    ) -> Response:
        if as_of is not None or known_at is not None:

            async def read_then() -> Found:
                async with database.reading(principal.tenant) as connection:
                    return await read_past(connection, principal.tenant, ticket, as_of, known_at)

            past = await arrivals.wait(ticket, read_then, lambda it: is_believed(ticket, it.ticket), patience)
            if past.ticket is None:
                raise NotFound("not-found", "There is no such ticket, or there was none yet.")
            return JsonResponse(past.ticket)
        least = parse_min_version(min_version)

        async def read() -> Found:
            async with database.reading(principal.tenant) as connection:
                return await read_ticket(connection, principal.tenant, ticket)

        def enough(found: Found) -> bool:
            if found.ticket is None:
                return not least and is_believed(ticket, None)
            return reached(found.versions, least)

        found = await arrivals.wait(ticket, read, enough, patience)
        if found.ticket is None:
            raise NotFound("not-found", "There is no such ticket.")
        headers = {} if reached(found.versions, least) else {STALE: "true"}
        return JsonResponse(found.ticket, headers=headers)

    return router


def _wanted(principal: Principal, query: ListQuery) -> Wanted:
    if principal.customer is not None:
        for name in ("team", "assignee"):
            if getattr(query, name):
                # Filtering tells whom support has put on it as surely as showing would.
                raise Rejected("not-for-customers", f"Only support filters by {name}.", f"/{name}")
    me = {"me": principal.id, "none": None}
    return Wanted(
        tenant=principal.tenant,
        sort=query.sort,
        limit=query.limit,
        after=None if query.cursor is None else _after(query.cursor, query),
        among={column: list(getattr(query, name)) for name, column in FILTERS.items()},
        assignees=[me.get(assignee, assignee) for assignee in query.assignee],
        breached=query.breached,
        registered_from=query.registered_from,
        registered_to=query.registered_to,
        updated_since=query.updated_since,
        phrase=query.q,
    )


def _after(cursor: str, query: ListQuery) -> tuple[str, ...]:
    parts = decode_cursor(cursor, list[str])
    if parts[:2] != [query.sort, query.question()] or len(parts) != 2 + key_length(query.sort):
        raise Rejected(
            "invalid-cursor", "The cursor belongs to another sort or other filters; begin anew.", "/cursor"
        )
    return tuple(parts[2:])
