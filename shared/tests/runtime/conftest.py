"""A small service with one route of each kind, called over ASGI."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Query
from pydantic import EmailStr, Field

from shared.errors import Conflict, NotFound, Rejected, Stale, Transient
from shared.runtime.app import create_app
from shared.runtime.auth import Principal, caller
from shared.runtime.instants import Instant
from shared.runtime.refusals import Malformed
from shared.runtime.settings import ServiceSettings
from shared.runtime.text import Body, Line, Prose, Text

DEMO_CREDENTIALS = Path(__file__).parents[3] / "seeds/local/credentials.yaml"
REFUSALS = {
    error.code: error
    for error in (
        Malformed("malformed", "m", "/If-Match"),
        NotFound("ticket-not-found", "n"),
        Conflict("version-conflict", "c"),
        Stale("version-stale", "s"),
        Rejected("contract-required", "r", "/contract"),
        Transient("database-unavailable", "t"),
    )
}


class Reporter(Body):
    name: Line
    email: Text | None = None
    address: EmailStr | None = None


class Note(Body):
    subject: Line
    description: Prose = "-"
    happened_at: Instant | None = None
    reporter: Reporter | None = None
    tags: list[Text] = Field(default_factory=list)


@pytest.fixture
def demo_credentials() -> Path:
    return DEMO_CREDENTIALS


@pytest.fixture
def settings() -> Callable[..., ServiceSettings]:
    return _settings


def _settings(**changes: object) -> ServiceSettings:
    values: dict[str, object] = {
        "app_env": "local",
        "port": 8001,
        "database_url": "postgresql://nowhere/none",
        "credentials_file": DEMO_CREDENTIALS,
    }
    return ServiceSettings(**(values | changes))  # type: ignore[arg-type]


def example_router() -> APIRouter:
    router = APIRouter()

    @router.post("/v1/notes", status_code=201)
    async def write(note: Note, principal: Annotated[Principal, Depends(caller("client", "agent"))]) -> Note:
        return note

    @router.get("/v1/notes")
    async def search(
        q: Annotated[Text | None, Query()] = None,
        since: Annotated[Instant | None, Query()] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
    ) -> dict[str, Instant | None]:
        return {"since": since}

    @router.get("/v1/labels")
    async def labels(label: Annotated[list[Text], Query(default_factory=list)]) -> list[str]:
        return label

    @router.post("/v1/orders")
    async def order(
        note: Note, principal: Annotated[Principal, Depends(caller("agent"))], dry: bool = False
    ) -> Note:
        return note

    @router.get("/v1/refusals/{code}")
    async def refuse(code: str) -> None:
        raise REFUSALS[code]

    @router.get("/v1/broken")
    async def broken() -> None:
        raise RuntimeError("Anna Svensson, anna@example.org")

    return router


@pytest.fixture
def app() -> FastAPI:
    return create_app("example", _settings(), [example_router()])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://test", headers={"Authorization": "Bearer local-acme"}
    ) as client:
        yield client
