"""Escalation's routes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from escalation import requests
from escalation.adapters.heads import Heads
from escalation.domain import hands
from escalation.moves import Asked, Moves
from escalation.responses import (
    AlertView,
    CustomerRoutingView,
    RoutingView,
    alert_view,
    customer_view,
    routing_view,
)
from shared.errors import NotFound
from shared.events.envelope import Recorded
from shared.eventstore.store import EventStore
from shared.runtime.auth import ALL_ROLES, SUPPORT_ROLES, Principal, caller
from shared.runtime.consistency import await_until, await_young, parse_min_version, reached
from shared.runtime.etags import etag, parse_if_match
from shared.runtime.responses import JsonResponse
from shared.runtime.retries import IdempotencyKey, IfMatch, scoped_key
from shared.runtime.telemetry import current_traceparent
from shared.runtime.text import Body

Anyone = Annotated[Principal, Depends(caller(*ALL_ROLES))]
Support = Annotated[Principal, Depends(caller(*SUPPORT_ROLES))]


MinVersion = Annotated[str | None, Query(max_length=200)]


def router(store: EventStore, moves: Moves, heads: Heads) -> APIRouter:
    """A customer sees the line of its own tickets, everyone else the whole routing of all of them.

    `min_version` lets a caller move a ticket by what it has just done elsewhere, such as reopening it.
    """
    routes = APIRouter(prefix="/v1/tickets", tags=["routing"])

    async def has_heard(ticket_id: UUID, min_version: str | None) -> bool:
        wanted = {at: version for at, version in parse_min_version(min_version).items() if at != "escalation"}
        heard = await await_until(lambda: heads(ticket_id), lambda heard: reached(heard, wanted))
        return reached(heard, wanted)

    async def hears_first(ticket_id: UUID, _: Support, min_version: MinVersion = None) -> None:
        if min_version:
            await has_heard(ticket_id, min_version)

    heard = [Depends(hears_first)]

    async def act(ticket_id: UUID, command: hands.Command, asked: Asked) -> JsonResponse:
        history = await await_young(ticket_id, lambda: moves.act(ticket_id, command, asked))
        view = routing_view(history)
        return JsonResponse(view, headers={"ETag": etag(view.version)})

    @routes.get("/{ticket_id}/routing", response_model=RoutingView | CustomerRoutingView)
    async def read_routing(ticket_id: UUID, who: Anyone, min_version: MinVersion = None) -> JsonResponse:
        headers = dict[str, str]()
        if min_version and not await has_heard(ticket_id, min_version):
            headers["Stafett-Stale"] = "true"

        async def routed() -> list[Recorded]:
            history = await store.read(ticket_id, who.tenant)
            if not history:
                raise NotFound("not-found", "There is no such ticket, or it has not been routed yet.")
            return history

        view = routing_view(await await_young(ticket_id, routed))
        shown = customer_view(view) if who.customer else view
        return JsonResponse(shown, headers=headers | {"ETag": etag(view.version)})

    @routes.post("/{ticket_id}/assign", response_model=RoutingView, dependencies=heard)
    async def assign_ticket(
        ticket_id: UUID,
        who: Support,
        request: Request,
        body: requests.AssignBody | None = None,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        given = body or requests.AssignBody()
        command = hands.Assign(who.actor(), given.assignee_or(who.id), given.line)
        return await act(ticket_id, command, asked(who, request, given, key, match, ticket_id=ticket_id))

    @routes.post("/{ticket_id}/escalate", response_model=RoutingView, dependencies=heard)
    async def escalate_ticket(
        ticket_id: UUID,
        body: requests.ReasonBody,
        who: Support,
        request: Request,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        command = hands.Escalate(who.actor(), body.reason)
        return await act(ticket_id, command, asked(who, request, body, key, match, ticket_id=ticket_id))

    @routes.post("/{ticket_id}/return", response_model=RoutingView, dependencies=heard)
    async def return_ticket(
        ticket_id: UUID,
        body: requests.ReasonBody,
        who: Support,
        request: Request,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        command = hands.Return(who.actor(), body.reason)
        return await act(ticket_id, command, asked(who, request, body, key, match, ticket_id=ticket_id))

    return routes


def alerts_router(moves: Moves) -> APIRouter:
    """Whoever is on call answers here."""
    routes = APIRouter(prefix="/v1/alerts", tags=["on call"])

    @routes.post("/{alert_id}/acknowledge", response_model=AlertView)
    async def acknowledge_alert(
        alert_id: UUID,
        who: Support,
        request: Request,
        body: requests.EmptyBody | None = None,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        given = asked(who, request, body or requests.EmptyBody(), key, match, alert_id=alert_id)
        view = alert_view(str(alert_id), await moves.acknowledge(alert_id, who.actor(), given))
        return JsonResponse(view, headers={"ETag": etag(view.version)})

    return routes


def asked(
    who: Principal, request: Request, body: Body, key: str | None, match: str | None, **ids: UUID
) -> Asked:
    """What surrounds a command: its key within the caller's scope, and the version that it rests on."""
    # To leave the assignee out is another request than to say that nobody shall have the ticket.
    scoped = scoped_key(who, request, key, body.model_dump_json(exclude_unset=True), **ids)
    return Asked(scoped, parse_if_match(match), current_traceparent())
