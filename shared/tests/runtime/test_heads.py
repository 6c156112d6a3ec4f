"""What a request's head may be, and HEAD."""

from collections.abc import AsyncIterator, Callable

import httpx2
import pytest
from fastapi import APIRouter
from starlette.responses import Response, StreamingResponse

from shared.runtime.app import create_app
from shared.runtime.settings import ServiceSettings

JSON = ("Content-Type", "application/json")
NOTE = b'{"subject": "s"}'


@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "Content-Type", "Last-Event-ID"])
async def test_a_header_of_one_value_that_comes_twice_is_refused_by_name(
    client: httpx2.AsyncClient, name: str
) -> None:
    twice = [(name, "application/json"), (name, "application/json")]
    others = [] if name == "Content-Type" else [JSON]
    response = await client.post("/v1/notes", content=NOTE, headers=[*twice, *others])
    assert response.status_code == 400
    assert response.json()["type"].endswith("/repeated-header")
    assert response.json()["errors"] == [
        {"pointer": f"/{name}", "in": "header", "detail": f"Send the header {name} once."}
    ]


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP", "identity, gzip"])
async def test_a_compressed_body_is_not_read(client: httpx2.AsyncClient, encoding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
    response = await client.post("/v1/notes", content=NOTE, headers=headers)
    assert response.status_code == 415
    assert response.headers["accept-encoding"] == "identity"
    assert response.json()["type"].endswith("/unsupported-content-encoding")


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", '"iso-8859-1"'])
async def test_a_body_in_another_charset_is_not_read(client: httpx2.AsyncClient, charset: str) -> None:
    headers = {"Content-Type": f"application/json; charset={charset}"}
    response = await client.post("/v1/notes", content=NOTE, headers=headers)
    assert response.status_code == 415
    assert response.json()["type"].endswith("/unsupported-charset")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json; charset=UTF-8"},
        {"Content-Type": 'application/json;charset="utf-8"'},
        {"Content-Type": "application/json", "Content-Encoding": "identity"},
    ],
)
async def test_utf_8_may_be_named(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    assert (await client.post("/v1/notes", content=NOTE, headers=headers)).status_code == 201


@pytest.mark.parametrize("path", ["/livez", "/v1/notes?limit=3", "/docs", "/v1/refusals/contract-required"])
async def test_what_answers_get_answers_head_without_a_body(client: httpx2.AsyncClient, path: str) -> None:
    got, head = await client.get(path), await client.head(path)
    assert head.status_code == got.status_code
    assert head.content == b""
    told = ("content-type", "content-length", "vary", "cache-control", "content-security-policy")
    assert [head.headers.get(name) for name in told] == [got.headers.get(name) for name in told]


async def test_head_of_what_is_only_written_is_refused_and_get_allows_head(
    client: httpx2.AsyncClient,
) -> None:
    assert (await client.head("/v1/orders")).status_code == 405
    refused = await client.delete("/v1/notes")
    assert refused.headers["allow"] == "GET, POST, HEAD"


async def test_head_of_a_stream_ends_with_its_head(settings: Callable[..., ServiceSettings]) -> None:

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b": still here\n\n"

    router = APIRouter()

    @router.get("/v1/endless")
    async def follow() -> Response:
        return StreamingResponse(endless(), media_type="text/event-stream")

    app = create_app("example", settings(), [router])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        response = await client.head("/v1/endless")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("query", ["limit=3&limit=4", "limit=3&limit=3"])
async def test_a_parameter_of_one_value_that_comes_twice_is_refused_by_name(
    client: httpx2.AsyncClient, query: str
) -> None:
    response = await client.get(f"/v1/notes?{query}")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"pointer": "/limit", "in": "query", "detail": "Give this parameter once."}
    ]


async def test_a_list_parameter_may_be_repeated(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/v1/labels?label=a&label=b")).json() == ["a", "b"]
