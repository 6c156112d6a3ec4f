"""What every service offers beside its own routes."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI
from openapi_spec_validator import validate

from shared.runtime.app import create_app
from shared.runtime.settings import ServiceSettings

Settings = Callable[..., ServiceSettings]


def calling(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")


async def test_probes_and_metrics_need_no_credential(app: FastAPI) -> None:
    async with calling(app) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).json() == {"status": "ready", "checks": {}}
        assert (await client.get("/metrics")).status_code == 200


async def test_not_ready_says_what_is_missing(settings: Settings) -> None:
    async def half() -> dict[str, bool]:
        return {"postgresql": True, "kafka": False}

    async with calling(create_app("example", settings(), [], readiness=half)) as client:
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"status": "not ready", "checks": {"postgresql": True, "kafka": False}}


async def test_a_readiness_that_fails_is_not_ready(settings: Settings) -> None:
    async def failing() -> dict[str, bool]:
        raise ConnectionError("postgresql://user:secret@db")

    async with calling(create_app("example", settings(), [], readiness=failing)) as client:
        response = await client.get("/readyz")
    assert response.status_code == 503
    assert "secret" not in response.text


async def test_requests_are_measured_by_route_template(client: httpx2.AsyncClient) -> None:
    await client.get("/v1/refusals/version-stale")
    await client.get("/nothing/at/all")
    text = (await client.get("/metrics")).text
    assert 'method="GET",route="/v1/refusals/{code}",status="412"' in text
    assert 'route="unmatched",status="404"' in text
    assert "version-stale" not in text
    assert "process_cpu_seconds_total" in text


async def test_every_answer_is_secured_and_varies_by_caller(client: httpx2.AsyncClient) -> None:
    for path in ("/livez", "/v1/notes", "/nothing", "/v1/broken", "/docs"):
        headers = (await client.get(path)).headers
        assert headers["vary"] == "Authorization"
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"


async def test_the_api_page_needs_no_other_host(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert "/v1/notes" in page
    assert "http://" not in page.replace("http://test", "")
    assert "https://" not in page
    assert "<script" not in page


async def test_the_document_is_valid_openapi_with_problems_and_bearer(client: httpx2.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert "HTTPValidationError" not in str(document)
    responses = document["paths"]["/v1/notes"]["post"]["responses"]
    assert set(responses) >= {"201", "400", "401", "403", "413", "415", "422", "503"}
    assert "application/problem+json" in responses["422"]["content"]
    assert document["paths"]["/v1/notes"]["post"]["operationId"] == "write"


async def test_the_lifespan_runs_around_serving(settings: Settings) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        seen.append("opened")
        yield
        seen.append("closed")

    app = create_app("example", settings(), [], lifespan)
    async with app.router.lifespan_context(app):
        assert seen == ["opened"]
        assert gc.get_freeze_count() > 0
    assert seen == ["opened", "closed"]
