"""Questions about many tickets at once: queues, overviews, the report."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from projections.desk_views import Overview, Overviews, Queues, Report, ReportQuery
from projections.overviews import has_tickets, no_tickets, read_overviews, read_queues
from projections.reports import Asked, read_attainment
from shared.errors import NotFound, Rejected
from shared.eventstore.database import Database
from shared.runtime.auth import SUPPORT_ROLES, Principal, caller
from shared.runtime.responses import JsonResponse

Caller = Annotated[Principal, Depends(caller())]
Support = Annotated[Principal, Depends(caller(*SUPPORT_ROLES, "ops"))]


def desk_router(database: Database) -> APIRouter:
    """The routes under /v1."""
    router = APIRouter()

    @router.get(
        "/v1/queues", response_model=Queues, tags=["overviews"], summary="Live tickets by line and team"
    )
    async def list_queues(principal: Support) -> Response:
        now = await database.now()
        async with database.reading(principal.tenant) as connection:
            return JsonResponse({"items": await read_queues(connection, now)})

    @router.get(
        "/v1/overview",
        response_model=Overviews,
        tags=["overviews"],
        summary="Every customer's live tickets, counted",
    )
    async def read_overview(principal: Support) -> Response:
        now = await database.now()
        async with database.reading(principal.tenant) as connection:
            return JsonResponse({"items": await read_overviews(connection, principal.tenant, now)})

    @router.get(
        "/v1/customers/{customer}/overview",
        response_model=Overview,
        tags=["overviews"],
        summary="One customer's live tickets, counted",
    )
    async def read_customer_overview(principal: Caller, customer: str) -> Response:
        if principal.customer not in (None, customer):
            raise NotFound("not-found", "There is no such customer.")
        now = await database.now()
        async with database.reading(principal.tenant) as connection:
            found = await read_overviews(connection, principal.tenant, now, customer)
            if not found and principal.customer is None and not await has_tickets(connection, customer):
                raise NotFound("not-found", "There is no such customer, or it has had no ticket yet.")
        return JsonResponse(found[0] if found else no_tickets(customer))

    @router.get(
        "/v1/reports/sla",
        response_model=Report,
        tags=["reports"],
        summary="How deadlines were kept, of those that fell due in a period",
    )
    async def read_sla_report(principal: Caller, query: Annotated[ReportQuery, Query()]) -> Response:
        if query.begin is not None and query.end is not None and query.begin >= query.end:
            raise Rejected("empty-period", "The period is empty: `to` must lie after `from`.", "/to")
        asked = Asked(principal.tenant, query.begin, query.end, tuple(query.customer), query.group_by)
        async with database.reading(principal.tenant) as connection:
            return JsonResponse({"items": await read_attainment(connection, asked)})

    return router
