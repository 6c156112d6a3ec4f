"""Moves the clock of a running service, on a machine of one's own: a night passes while nobody waits for it.

Every instant of a service comes from its `Database`, which adds one offset to the server's clock; so this
sets that, and wakes whoever sleeps until an instant. There is no such route outside `APP_ENV=local`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from shared.errors import Conflict
from shared.events.codec import instant
from shared.eventstore.database import Database
from shared.runtime.auth import Principal, caller
from shared.runtime.responses import JsonResponse
from shared.runtime.settings import ServiceSettings
from shared.runtime.text import Body

Ops = Annotated[Principal, Depends(caller("ops"))]
FURTHEST = 100 * 366 * 24 * 3600.0
"""Seconds either way, so that no instant leaves what the database can hold."""


class ClockBody(Body):
    """`offset_seconds` is added to the database's clock, as `CLOCK_OFFSET_SECONDS` is at the start."""

    offset_seconds: Annotated[float, Field(ge=-FURTHEST, le=FURTHEST, allow_inf_nan=False)]


def local_clock(
    settings: ServiceSettings, database: Database, *wake: Callable[[], None]
) -> tuple[APIRouter, ...]:
    """The route `/local/clock`, none in production; `wake` is called when the time has become later.

    Time never goes back: that would put an event before what it follows from.
    """
    if not settings.is_local:
        return ()
    routes = APIRouter(include_in_schema=False)

    @routes.get("/local/clock")
    async def read(_: Ops) -> JsonResponse:
        return await told()

    @routes.put("/local/clock")
    async def move(body: ClockBody, _: Ops) -> JsonResponse:
        offset = timedelta(seconds=body.offset_seconds)
        if offset < database.offset:
            raise Conflict("clock-goes-forward", "The clock is ahead of that already; name a larger offset.")
        database.offset = offset
        for woken in wake:
            woken()
        return await told()

    async def told() -> JsonResponse:
        offset, now = database.offset.total_seconds(), await database.now()
        return JsonResponse({"offset_seconds": offset, "now": instant(now)})

    return (routes,)
