"""Intake's routes. Each reads the request, names the command, and answers with the committed ticket."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from intake import requests
from intake.acts import ACTS, Act
from intake.domain.ticket import Ticket, fold
from intake.opening import order
from intake.responses import EventView, TicketView, event_json, ticket_json, visible
from intake.tickets import Asked, Tickets
from shared.events.envelope import Recorded
from shared.eventstore.commands import Committed
from shared.runtime.auth import ALL_ROLES, CUSTOMER_ROLES, SUPPORT_ROLES, Principal, caller
from shared.runtime.consistency import await_young
from shared.runtime.cursors import Page, decode_cursor, encode_cursor, page_response
from shared.runtime.etags import etag, parse_if_match
from shared.runtime.responses import JsonResponse
from shared.runtime.retries import IdempotencyKey, IfMatch, scoped_key
from shared.runtime.telemetry import current_traceparent

Anyone = Annotated[Principal, Depends(caller(*ALL_ROLES))]
Writer = Annotated[Principal, Depends(caller(*CUSTOMER_ROLES, *SUPPORT_ROLES))]
Limit = Annotated[int, Query(ge=1, le=500)]


def router(tickets: Tickets) -> APIRouter:
    """The ticket's life over HTTP."""
    routes = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    async def history(ticket_id: UUID, who: Principal) -> list[Recorded]:
        return await await_young(ticket_id, lambda: tickets.history(ticket_id, who.tenant))

    @routes.post("", status_code=201, response_model=TicketView)
    async def open_ticket(
        body: requests.OpenTicketBody, who: Writer, request: Request, key: IdempotencyKey = None
    ) -> JsonResponse:
        committed = await tickets.open(order(body, who), _asked(who, request, body, key))
        return _answer(committed, who, status=201, location=f"/v1/tickets/{committed.stream}")

    @routes.get("", response_model=Page[TicketView])
    async def find_by_reference(
        request: Request, who: Anyone, external_ref: requests.Reference, limit: Limit = 100
    ) -> JsonResponse:
        found = await tickets.by_external_ref(external_ref, who.tenant, limit)
        return page_response(
            request, [ticket_json(ticket, internal=who.customer is None) for ticket in found], None
        )

    @routes.get("/{ticket_id}", response_model=TicketView)
    async def read_ticket(ticket_id: UUID, who: Anyone) -> JsonResponse:
        ticket = fold(await history(ticket_id, who))
        seen = ticket_json(ticket, internal=who.customer is None)
        return JsonResponse(seen, headers={"ETag": etag(ticket.version)})

    @routes.get("/{ticket_id}/events", response_model=Page[EventView])
    async def read_history(
        ticket_id: UUID, who: Anyone, request: Request, limit: Limit = 100, cursor: str | None = None
    ) -> JsonResponse:
        (after,) = decode_cursor(cursor, tuple[int]) if cursor else (0,)
        internal = who.customer is None
        events = visible(await history(ticket_id, who), internal=internal)
        rest = [event for event in events if event.version > after]
        last = encode_cursor(rest[limit - 1].version) if len(rest) > limit else None
        return page_response(request, [event_json(event, internal=internal) for event in rest[:limit]], last)

    for act in ACTS:
        routes.add_api_route(
            f"/{{ticket_id}}/{act.name}",
            _endpoint(tickets, act),
            methods=["POST"],
            response_model=TicketView,
            summary=act.summary,
            name=act.operation,
        )
    return routes


def _endpoint(tickets: Tickets, act: Act) -> Callable[..., Awaitable[JsonResponse]]:
    """One route that acts on a ticket: the same for all but the body, the roles and the command."""

    async def acts(
        ticket_id: UUID,
        who: Principal,
        request: Request,
        body: BaseModel,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        asked = _asked(who, request, body, key, parse_if_match(match), ticket_id)
        return _answer(await act.carry_out(tickets, ticket_id, body, who, asked), who)

    async def acts_without_body(
        ticket_id: UUID,
        who: Principal,
        request: Request,
        body: requests.EmptyBody | None = None,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        return await acts(ticket_id, who, request, body or requests.EmptyBody(), key, match)

    endpoint = acts_without_body if act.body is requests.EmptyBody else acts
    endpoint.__name__ = act.name.replace("-", "_")
    endpoint.__annotations__["who"] = Annotated[Principal, Depends(caller(*act.roles))]
    if act.body is not requests.EmptyBody:
        endpoint.__annotations__["body"] = act.body
    return endpoint


def _asked(
    who: Principal,
    request: Request,
    body: BaseModel,
    key: str | None,
    expected: int | None = None,
    ticket_id: UUID | None = None,
) -> Asked:
    scoped = scoped_key(who, request, key, body.model_dump_json(), ticket_id=ticket_id)
    return Asked(who.tenant, scoped, expected, current_traceparent())


def _answer(
    committed: Committed[Ticket], who: Principal, *, status: int = 200, location: str | None = None
) -> JsonResponse:
    headers = {"ETag": etag(committed.version)}
    if location is not None:
        headers["Location"] = location
    seen = ticket_json(committed.state, internal=who.customer is None)
    return JsonResponse(seen, status_code=status, headers=headers)
