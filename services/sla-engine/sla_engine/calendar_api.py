"""The engine's routes for calendars: a contract's opening hours, and announcing that they will deviate."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel

from shared.errors import Rejected
from shared.runtime.auth import Principal, caller
from shared.runtime.etags import etag, parse_if_match
from shared.runtime.instants import Instant
from shared.runtime.responses import JsonResponse
from shared.runtime.retries import IdempotencyKey, IfMatch, scoped_key
from shared.runtime.telemetry import current_traceparent
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.contract_table import Contracts
from sla_engine.agreements import Agreements
from sla_engine.announcements import Announced, Announcement, Announcements
from sla_engine.deviation_previews import DeviationPreviews, Foreseen, Move, seconds_of
from sla_engine.domain.days import Deviation
from sla_engine.domain.policy import Commitment, Kind
from sla_engine.requests import DeviationBody
from sla_engine.responses import calendar_json

Anyone = Annotated[Principal, Depends(caller())]
Announcer = Annotated[Principal, Depends(caller("manager", "ops"))]
FIRST_YEAR, LAST_YEAR = 2015, 2045


class CalendarView(BaseModel):
    """A contract's opening hours in one year."""

    contract: str
    year: int
    timezone: str
    calendar_version: str
    tzdata_version: str
    days: list[dict[str, object]]


class DeviationView(BaseModel):
    """An announced deviation; `version` counts those of the policy's calendar."""

    contract: str
    policy: str
    date: date
    intervals: list[dict[str, str]]
    reason: str
    calendar_version: str
    announced_at: Instant
    version: int


class MoveView(BaseModel):
    """A deadline that would move; `moves_by_seconds` is negative when it would come earlier."""

    ticket: UUID
    customer: str
    kind: Kind
    commitment: Commitment
    due_at: Instant
    would_be_due_at: Instant
    moves_by_seconds: float


class MovesView(BaseModel):
    """How many deadlines of one kind and commitment would move, and by how much at least and at most."""

    kind: Kind
    commitment: Commitment
    moved: int
    least_seconds: float
    most_seconds: float


class ForeseenView(BaseModel):
    """What announcing it now would do. `items` lists the moves of what is due first, 1,000 at most."""

    contract: str
    policy: str
    calendar_version: str
    tickets: int
    moved: int
    groups: list[MovesView]
    items: list[MoveView]


def router(
    agreements: Agreements,
    calendars: Calendars,
    contracts: Contracts,
    announcements: Announcements,
    previews: DeviationPreviews,
    announced: Callable[[], None],
) -> APIRouter:
    """`announced` is called once a deviation is committed."""
    routes = APIRouter(prefix="/v1/calendars", tags=["calendars"])

    @routes.get("/{contract}", response_model=CalendarView)
    async def read_calendar(contract: str, year: Annotated[int, Query()], _: Anyone) -> JsonResponse:
        await calendars.look()
        await contracts.look_for(contract)
        terms = agreements.of_contract(contract)
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise Rejected("unknown-year", f"Give a year from {FIRST_YEAR} to {LAST_YEAR}.", "/year")
        return JsonResponse(
            {
                "contract": contract,
                "year": year,
                "timezone": terms.policy.calendar.zone,
                "calendar_version": terms.calendar.version,
                "tzdata_version": terms.tzdata_version,
                "days": calendar_json(terms.calendar, year),
            }
        )

    @routes.post("/{contract}/deviations", status_code=201, response_model=DeviationView)
    async def announce_deviation(
        contract: str,
        body: DeviationBody,
        who: Announcer,
        request: Request,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> JsonResponse:
        await contracts.look_for(contract)
        policy = agreements.of_contract(contract).policy.name
        scoped = scoped_key(who, request, key, body.model_dump_json(), contract=contract)
        deviation = Deviation(body.date, body.hours(), body.reason)
        found = await announcements.announce(
            Announcement(policy, deviation, who.actor(), parse_if_match(match), scoped, current_traceparent())
        )
        announced()
        headers = {"ETag": etag(found.version)}
        return JsonResponse(_deviation_json(contract, found), status_code=201, headers=headers)

    @routes.post(
        "/{contract}/deviations/preview",
        response_model=ForeseenView,
        summary="What announcing a deviation would move",
    )
    async def preview_deviation(contract: str, body: DeviationBody, _: Announcer) -> JsonResponse:
        await contracts.look_for(contract)
        policy = agreements.of_contract(contract).policy.name
        found = await previews.of(policy, Deviation(body.date, body.hours(), body.reason))
        return JsonResponse(_foreseen_json(contract, policy, found))

    return routes


def _foreseen_json(contract: str, policy: str, found: Foreseen) -> dict[str, Any]:
    groups = [
        {"kind": kind, "commitment": commitment, **msgspec.structs.asdict(group)}
        for (kind, commitment), group in sorted(found.groups.items())
    ]
    return {
        "contract": contract,
        "policy": policy,
        "calendar_version": found.calendar_version,
        "tickets": found.tickets,
        "moved": sum(group["moved"] for group in groups),
        "groups": groups,
        "items": [_move_json(move) for move in found.first],
    }


def _move_json(move: Move) -> dict[str, Any]:
    event = move.event
    return {
        "ticket": str(move.ticket),
        "customer": move.customer,
        "kind": event.kind,
        "commitment": move.commitment,
        "due_at": event.previous_due_at,
        "would_be_due_at": event.due_at,
        "moves_by_seconds": seconds_of(event),
    }


def _deviation_json(contract: str, found: Announced) -> dict[str, Any]:
    event = found.event
    return {
        "contract": contract,
        "policy": event.policy,
        "date": event.date,
        "intervals": [{"from": each.opens, "to": each.closes} for each in event.intervals],
        "reason": event.reason,
        "calendar_version": event.calendar_version,
        "announced_at": found.time,
        "version": found.version,
    }
