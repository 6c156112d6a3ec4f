"""One FastAPI application as every service has it: the same errors, probes, pages and bounds."""

import gc
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from shared.errors import Refusal
from shared.runtime import problems
from shared.runtime.api_page import CONTENT_SECURITY_POLICY, render
from shared.runtime.auth import Known
from shared.runtime.credentials import Credentials
from shared.runtime.edge import DEFAULT_BODY_LIMIT, Edge
from shared.runtime.openapi import document
from shared.runtime.probes import Readiness, probe_router
from shared.runtime.queries import only_known_parameters
from shared.runtime.rate_limits import RateLimits
from shared.runtime.responses import JsonResponse
from shared.runtime.settings import ServiceSettings

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


async def always_ready() -> dict[str, bool]:
    """The readiness of something without dependencies."""
    return {}


def create_app(
    name: str,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    lifespan: Lifespan | None = None,
    credentials: Known | None = None,
    readiness: Readiness = always_ready,
    body_limit: int = DEFAULT_BODY_LIMIT,
) -> FastAPI:
    """The application `name`. Raises InvalidCredentials for credentials that must not serve here.

    Routers are included as they are; `lifespan` runs around serving, and what it opens it closes.
    """
    app = FastAPI(
        title=f"Stafett {name}",
        version="1",
        lifespan=_lifespan(lifespan),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(only_known_parameters)],
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = name
    app.state.settings = settings
    app.state.credentials = credentials or Credentials.load(settings.credentials_file, settings.app_env)
    app.state.rate_limits = RateLimits()
    app.add_middleware(Edge, body_limit=body_limit)
    app.add_exception_handler(Refusal, problems.on_refusal)
    app.add_exception_handler(RequestValidationError, problems.on_validation)
    app.add_exception_handler(HTTPException, problems.on_http)
    for router in (*routers, probe_router(readiness), _pages(app)):
        app.include_router(router)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    return app


def _pages(app: FastAPI) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    async def openapi() -> Response:
        return JsonResponse(app.openapi())

    @router.get("/docs")
    async def docs() -> Response:
        headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return HTMLResponse(render(app.openapi()), headers=headers)

    return router


def _lifespan(inner: Lifespan | None) -> Lifespan:
    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        around: AbstractAsyncContextManager[Any] = inner(app) if inner else nullcontext()
        async with around:
            _settle_collector()
            try:
                yield
            finally:
                gc.unfreeze()

    return running


def _settle_collector() -> None:
    """The cyclic collector's full passes are what makes p99 30 ms instead of 5: give it little to walk."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
