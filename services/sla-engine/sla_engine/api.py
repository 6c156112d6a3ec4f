"""The engine's routes for tickets: previews, and the deadlines that one has."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from shared.errors import NotFound
from shared.events.envelope import Recorded
from shared.eventstore.store import EventStore
from shared.runtime.auth import ALL_TENANTS, Principal, caller
from shared.runtime.consistency import await_until, await_young, parse_min_version, reached
from shared.runtime.etags import etag
from shared.runtime.responses import JsonResponse
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.contract_table import Contracts
from sla_engine.adapters.heads import Heads
from sla_engine.agreements import Agreements
from sla_engine.domain.told import tell_all
from sla_engine.previews import preview
from sla_engine.requests import PreviewBodies
from sla_engine.responses import DeadlinesView, PreviewView, deadline_json

Anyone = Annotated[Principal, Depends(caller())]
SOURCE = "/sla-engine"
MinVersion = Annotated[str | None, Query(max_length=200)]


def router(
    store: EventStore, agreements: Agreements, heads: Heads, calendars: Calendars, contracts: Contracts
) -> APIRouter:
    """`store` holds the engine's own streams; `heads` tells how much of the others it has handled."""
    routes = APIRouter(tags=["deadlines"])

    async def stream(ticket_id: UUID, tenant: str) -> list[Recorded]:
        events = await store.read(ticket_id, tenant)
        # The policies' own streams stand beside the tickets', and are none.
        events = [event for event in events if event.source == SOURCE]
        if not events or tenant not in (ALL_TENANTS, events[0].tenant):
            raise NotFound("not-found", "There is no such ticket.")
        return events

    async def versions(ticket_id: UUID, tenant: str) -> Mapping[str, int]:
        # Another customer's ticket is waited for as long as an unknown one: time tells nothing either.
        own = await store.read(ticket_id, tenant)
        return {**await heads(ticket_id), "sla-engine": own[-1].version} if own else {}

    @routes.post("/v1/deadlines/preview", response_model=PreviewView | list[PreviewView])
    async def preview_deadlines(body: PreviewBodies, _: Anyone) -> JsonResponse:
        await calendars.look()
        if isinstance(body, list):
            await contracts.look_for(*{each.contract for each in body})
            return JsonResponse(preview(agreements, [((n,), each) for n, each in enumerate(body)]))
        await contracts.look_for(body.contract)
        return JsonResponse(preview(agreements, [((), body)])[0])

    @routes.get("/v1/tickets/{ticket_id}/deadlines", response_model=DeadlinesView)
    async def read_deadlines(ticket_id: UUID, who: Anyone, min_version: MinVersion = None) -> JsonResponse:
        wanted, headers = parse_min_version(min_version), dict[str, str]()
        if wanted:
            found = await await_until(
                lambda: versions(ticket_id, who.tenant), lambda found: reached(found, wanted)
            )
            if not reached(found, wanted):
                headers["Stafett-Stale"] = "true"
        events = await await_young(ticket_id, lambda: stream(ticket_id, who.tenant))
        told = tell_all((event.data, event.time) for event in events)  # type: ignore[misc]
        seen = [each for each in told if not (who.customer and each.started.internal)]
        await calendars.look()
        shown = [deadline_json(agreements, each) for each in seen]
        version = events[-1].version
        headers["ETag"] = etag(version)
        return JsonResponse({"deadlines": shown, "version": version}, headers=headers)

    return routes
