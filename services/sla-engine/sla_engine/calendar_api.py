"""The engine's routes for calendars: a contract's opening hours, and announcing that they will deviate."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

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
from sla_engine.domain.days import Deviation
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


def router(
    agreements: Agreements,
    calendars: Calendars,
    contracts: Contracts,
    announcements: Announcements,
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

    return routes


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
