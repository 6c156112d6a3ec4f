"""A ticket's full documentation, to be read by programs or on paper."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from starlette.responses import Response

from projections.arrivals import PATIENCE, Arrivals, is_believed
from projections.domain.record import record
from projections.languages import preferred
from projections.paper.job import Job, Printed
from projections.paper.sheet import governing
from projections.paper.words import Language
from projections.printing import Printer
from projections.reading import Found, read_ticket
from projections.views import Record
from shared.errors import NotFound
from shared.eventstore.database import Database
from shared.runtime.auth import Principal, caller
from shared.runtime.responses import JsonResponse, dumps

_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "It is still as `If-None-Match` says"},
}


def record_router(
    database: Database, arrivals: Arrivals, printer: Printer, patience: float = PATIENCE
) -> APIRouter:
    """The route under /v1."""
    router = APIRouter(tags=["tickets"])

    @router.get(
        "/v1/tickets/{ticket}/record",
        response_model=Record,
        summary="A ticket's full documentation",
        description="Fault, conversation, measures, solutions, deadlines with their outcomes, routing, and"
        " who was told what; for a customer without what is internal. With `format=pdf` printed on A4"
        " (PDF/UA), in `lang`, else as Accept-Language prefers, else in the contract's language; times are"
        " then on the contract's own clock. One record is printed at a time: 503 when others are in line.",
        responses=_PDF,
    )
    async def read_record(
        principal: Annotated[Principal, Depends(caller())],
        ticket: UUID,
        format: Literal["json", "pdf"] = "json",  # noqa: A002 - the contract's
        lang: Language | None = None,
        accept_language: Annotated[str | None, Header()] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        async def read() -> Found:
            async with database.reading(principal.tenant) as connection:
                return await read_ticket(connection, principal.tenant, ticket)

        found = await arrivals.wait(ticket, read, lambda it: is_believed(ticket, it.ticket), patience)
        if found.ticket is None:
            raise NotFound("not-found", "There is no such ticket.")
        told = record(found.ticket)
        if format == "json":
            return JsonResponse(told)
        language = lang or preferred(accept_language) or governing(told)["locale"]
        # Weak: a second print says another time, and is the same record all the same.
        tag = f'W/"{sha256(dumps([told, language, principal.name])).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Content-Language": language, "Vary": "Accept-Language"}
        if _still(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        printed = Printed(await database.now(), principal.name, internal=principal.customer is None)
        made = await printer.print(Job(told, language, printed))
        return Response(made, headers=headers | _named(told), media_type="application/pdf")

    return router


def _named(told: Mapping[str, Any]) -> dict[str, str]:
    name = re.sub(r"[^A-Za-z0-9-]", "", told["ticket"]["number"])
    return {"Content-Disposition": f'inline; filename="{name}.pdf"'}


def _still(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller holds it already, by weak comparison (RFC 9110 §13.1.2)."""
    opaque = tag.removeprefix("W/")
    given = (if_none_match or "").split(",")
    return any(one.strip().removeprefix("W/") == opaque or one.strip() == "*" for one in given)
