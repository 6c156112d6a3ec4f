"""Whatever is sent, the answer is a problem that says what to change: never a 500, never an echo."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

JSON = {"Content-Type": "application/json"}


def the_problem(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["type"] == f"https://stafett.example/problems/{code}"
    assert document["status"] == status
    assert document["title"] and document["detail"]
    assert len(document["trace_id"]) == 32
    assert ("errors" in document) == (status in (400, 422))
    return document


@pytest.mark.parametrize(
    "body",
    [
        b'{"subject":',
        b"\xff\xfe{",
        b'{"subject":"\xff"}',
        b"[" * 50_000,
        b'{"subject":' + b"9" * 5000 + b"}",
    ],
    ids=["cut off", "no text", "no UTF-8", "too deep", "too long a number"],
)
async def test_a_body_that_is_no_json_is_malformed(client: httpx2.AsyncClient, body: bytes) -> None:
    response = await client.post("/v1/notes", content=body, headers=JSON)
    assert response.status_code == 400
    assert response.json()["type"].rsplit("/", 1)[1] in ("malformed-json", "malformed-request")
    assert response.json()["errors"][0]["pointer"] == ""


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"", ""),
        (b"null", ""),
        (b"[1]", ""),
        (b'"text"', ""),
        (b"{}", "/subject"),
        (b'{"subject":7}', "/subject"),
        (b'{"subject":NaN}', "/subject"),
        (b'{"subject":"a\\u0000b"}', "/subject"),
        (b'{"subject":"\\ud800"}', "/subject"),
        (b'{"subject":"s","tags":["fine","\\u0000"]}', "/tags/1"),
        (b'{"subject":"s","reporter":{"name":"n","mail":"m"}}', "/reporter/mail"),
        (b'{"subject":"s","reporter":{}}', "/reporter/name"),
        (b'{"subject":"s","a/b~c":1}', "/a~1b~0c"),
        (b'{"subject":"s","happened_at":"2026-01-01T00:00:00"}', "/happened_at"),
        (b'{"subject":"s","happened_at":1767222000}', "/happened_at"),
        (b'{"subject":"s","happened_at":"0001-01-01T00:00:00+23:59"}', "/happened_at"),
        (b'{"subject":"s","\\ud800":1}', ""),
    ],
)
async def test_a_fault_in_a_field_is_pointed_at(
    client: httpx2.AsyncClient, body: bytes, pointer: str
) -> None:
    document = the_problem(await client.post("/v1/notes", content=body, headers=JSON), 422, "invalid-request")
    assert pointer in [error["pointer"] for error in document["errors"]]


async def test_the_input_is_not_echoed(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/notes", json={"subject": {"secret": "Anna"}, "happened_at": "Anna"})
    assert response.status_code == 422
    assert "Anna" not in response.text


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
async def test_a_body_of_another_type_is_not_read(
    client: httpx2.AsyncClient, content_type: str | None
) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = await client.post("/v1/notes", content=b'{"subject":"s"}', headers=headers)
    the_problem(response, 415, "unsupported-media-type")


async def test_a_mebibyte_of_text_is_too_large(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/notes", json={"subject": "x" * (1 << 20)})
    the_problem(response, 413, "body-too-large")


async def test_an_undeclared_length_is_bounded_while_it_is_read(client: httpx2.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 10_000
            yield b"x" * 10_000

    response = await client.post("/v1/notes", content=endless(), headers=JSON)
    the_problem(response, 413, "body-too-large")
    assert sent < 300_000


async def test_emoji_are_text_like_any_other(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/notes", json={"subject": "skrivaren brinner 🔥👩‍🚒"})
    assert response.status_code == 201
    assert response.json()["subject"] == "skrivaren brinner 🔥👩‍🚒"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=x", "/limit"),
        ("limit=1000", "/limit"),
        ("q=%00", "/q"),
        ("since=2026-01-01T00:00:00", "/since"),
    ],
)
async def test_a_fault_in_the_query_is_pointed_at(
    client: httpx2.AsyncClient, query: str, pointer: str
) -> None:
    document = the_problem(await client.get(f"/v1/notes?{query}"), 422, "invalid-request")
    assert document["errors"][0]["pointer"] == pointer
    assert document["errors"][0]["in"] == "query"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("malformed", 400),
        ("ticket-not-found", 404),
        ("version-conflict", 409),
        ("version-stale", 412),
        ("contract-required", 422),
        ("database-unavailable", 503),
    ],
)
async def test_each_refusal_has_its_status(client: httpx2.AsyncClient, code: str, status: int) -> None:
    response = await client.get(f"/v1/refusals/{code}")
    the_problem(response, status, code)
    assert ("retry-after" in response.headers) == (status == 503)


async def test_an_unknown_route_and_a_wrong_method_are_problems(client: httpx2.AsyncClient) -> None:
    the_problem(await client.get("/v2/nothing"), 404, "unknown-route")
    wrong = await client.delete("/v1/refusals/malformed")
    the_problem(wrong, 405, "method-not-allowed")
    assert wrong.headers["allow"] == "GET, HEAD"
    both = await client.delete("/v1/notes")
    assert both.headers["allow"] == "GET, POST, HEAD"


async def test_the_unforeseen_is_a_problem_without_its_text(
    client: httpx2.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    response = await client.get("/v1/broken")
    the_problem(response, 500, "internal-error")
    told = response.text + "".join(capsys.readouterr())
    assert "RuntimeError" in told
    assert "anna@example.org" not in told


async def test_nul_in_a_path_names_nothing(client: httpx2.AsyncClient) -> None:
    the_problem(await client.get("/v1/refusals/%00"), 404, "unknown-route")


async def test_nul_in_a_parameter_that_nobody_reads_is_refused_too(client: httpx2.AsyncClient) -> None:
    document = the_problem(await client.get("/v1/refusals/malformed?a=%00"), 422, "invalid-request")
    assert document["errors"][0]["pointer"] == "/a"


async def test_an_address_that_is_none_is_not_quoted(client: httpx2.AsyncClient) -> None:
    response = await client.post(
        "/v1/notes", json={"subject": "s", "reporter": {"name": "n", "address": "anna svensson"}}
    )
    document = the_problem(response, 422, "invalid-request")
    assert document["errors"] == [
        {"pointer": "/reporter/address", "detail": "Give an e-mail address such as name@example.org."}
    ]


async def test_a_parameter_that_the_route_does_not_have_is_refused_by_name(
    client: httpx2.AsyncClient,
) -> None:
    problem = the_problem(await client.get("/v1/notes?q=a&limt=5&limt=6"), 422, "invalid-request")
    assert [(fault["pointer"], fault["in"]) for fault in problem["errors"]] == [("/limt", "query")]
    assert (await client.get("/v1/notes?q=a&limit=5")).status_code == 200


async def test_what_is_no_address_is_told_so_without_being_quoted(
    client: httpx2.AsyncClient,
) -> None:
    body = {"subject": "s", "reporter": {"name": "n", "address": "no address"}}
    (fault,) = the_problem(await client.post("/v1/notes", json=body), 422, "invalid-request")["errors"]
    assert fault["detail"] == "Give an e-mail address such as name@example.org."
