"""/livez, /readyz and /metrics: open to all, and without anything worth hiding."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.responses import Response

from shared.runtime import metrics
from shared.runtime.logs import log_failure
from shared.runtime.responses import JsonResponse

Readiness = Callable[[], Awaitable[Mapping[str, bool]]]
_BOUND = 2.0
"""Seconds for all readiness checks together."""


def probe_router(readiness: Readiness) -> APIRouter:
    """`readiness` gives each dependency's name, and whether it is there now."""
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> Response:
        return JsonResponse({"status": "alive"})

    @router.get("/readyz")
    async def readyz() -> Response:
        try:
            async with asyncio.timeout(_BOUND):
                checks = dict(await readiness())
        except Exception as error:
            log_failure("readiness cannot be told", error)
            checks = {"readiness": False}
        ready = all(checks.values())
        document = {"status": "ready" if ready else "not ready", "checks": checks}
        return JsonResponse(document, 200 if ready else 503)

    @router.get("/metrics")
    async def exposition() -> Response:
        return metrics.exposition()

    return router
