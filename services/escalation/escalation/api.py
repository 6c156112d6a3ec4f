"""Escalation's routes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from escalation.responses import CustomerRoutingView, RoutingView, customer_view, routing_view
from shared.errors import NotFound
from shared.events.envelope import Recorded
from shared.eventstore.store import EventStore
from shared.runtime.app import not_built
from shared.runtime.auth import ALL_ROLES, Principal, caller
from shared.runtime.consistency import await_young
from shared.runtime.etags import etag
from shared.runtime.responses import JsonResponse

Anyone = Annotated[Principal, Depends(caller(*ALL_ROLES))]


def router(store: EventStore) -> APIRouter:
    """A customer sees the line of its own tickets, everyone else the whole routing of all of them."""
    routes = APIRouter(tags=["routing"])

    @routes.get("/v1/tickets/{ticket_id}/routing", response_model=RoutingView | CustomerRoutingView)
    async def read_routing(ticket_id: UUID, who: Anyone) -> JsonResponse:
        async def routed() -> list[Recorded]:
            history = await store.read(ticket_id, who.tenant)
            if not history:
                raise NotFound("not-found", "There is no such ticket, or it has not been routed yet.")
            return history

        history = await await_young(ticket_id, routed)
        view = routing_view(history)
        shown = customer_view(view) if who.customer else view
        return JsonResponse(shown, headers={"ETag": etag(view.version)})

    for action in ("assign", "escalate", "return"):
        not_built(routes, "POST", f"/v1/tickets/{{ticket_id}}/{action}")
    return routes
