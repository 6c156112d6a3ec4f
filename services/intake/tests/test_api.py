"""Intake over HTTP on real PostgreSQL: what a client system meets."""

from pathlib import Path
from typing import Any

import pytest
from tests.calls import BODY, Client, by, opened

pytestmark = pytest.mark.integration

SEEDS = Path(__file__).parents[3] / "seeds" / "local"
WRITES = {
    "comments": {"body": "b"},
    "priority": {"priority": "P2"},
    "category": {"category": "defect"},
    "work": {},
    "question": {"body": "b"},
    "wait": {"for": "supplier", "reference": "D-1"},
    "agreed-date": {"due_at": "2030-03-29T10:00:00Z"},
    "expected": {"expected_at": "2030-03-29T10:00:00Z"},
    "resolve": {"solution": "s"},
    "close": {},
}


async def test_a_posted_ticket_is_answered_with_its_place_version_and_number(client: Client) -> None:
    answer = await client.post("/v1/tickets", json=BODY, headers=by("acme"))
    ticket = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/tickets/{ticket['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert (ticket["customer"], ticket["contract"], ticket["status"]) == ("acme", "hubs", "new")
    again = await client.get(answer.headers["Location"], headers=by("acme"))
    assert again.json() == ticket


async def test_a_ticket_goes_its_way_from_new_to_closed(client: Client) -> None:
    ticket = await opened(client)
    statuses = []
    for route, body in WRITES.items():
        answer = await client.post(f"/v1/tickets/{ticket['id']}/{route}", json=body, headers=by("agent"))
        assert answer.status_code == 200, answer.text
        statuses.append(answer.json()["status"])
    assert statuses == ["open"] * 4 + ["waiting"] * 4 + ["resolved", "closed"]
    history = await client.get(f"/v1/tickets/{ticket['id']}/events", headers=by("acme"))
    assert [event["version"] for event in history.json()["items"]] == list(range(1, 12))


async def test_a_retry_with_the_same_key_is_answered_the_same(client: Client) -> None:
    headers = by("acme", **{"Idempotency-Key": "k1"})
    first = await client.post("/v1/tickets", json=BODY, headers=headers)
    again = await client.post("/v1/tickets", json=BODY, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    other = await client.post("/v1/tickets", json=BODY | {"subject": "x"}, headers=headers)
    assert other.status_code == 422


async def test_a_stale_if_match_is_412_and_a_true_one_goes_through(client: Client) -> None:
    ticket = await opened(client)
    path = f"/v1/tickets/{ticket['id']}/comments"
    stale = await client.post(path, json={"body": "b"}, headers=by("acme", **{"If-Match": '"9"'}))
    assert stale.status_code == 412
    right = await client.post(path, json={"body": "b"}, headers=by("acme", **{"If-Match": '"1"'}))
    assert (right.status_code, right.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("route", ["", "/events"])
async def test_anothers_ticket_is_404_on_every_read(client: Client, route: str) -> None:
    ticket = await opened(client)
    answer = await client.get(f"/v1/tickets/{ticket['id']}{route}", headers=by("region"))
    assert answer.status_code == 404


async def test_internal_comments_are_supports_to_write_and_read(client: Client) -> None:
    ticket = await opened(client)
    path = f"/v1/tickets/{ticket['id']}"
    internal = {"body": "hemligt", "visibility": "internal"}
    assert (await client.post(f"{path}/comments", json=internal, headers=by("acme"))).status_code == 403
    assert (await client.post(f"{path}/comments", json=internal, headers=by("agent"))).status_code == 200
    assert "hemligt" not in (await client.get(f"{path}/events", headers=by("acme"))).text
    assert "hemligt" in (await client.get(f"{path}/events", headers=by("agent"))).text


async def test_support_must_name_the_customer_it_registers_for(client: Client) -> None:
    unnamed = await client.post("/v1/tickets", json=BODY, headers=by("agent"))
    assert unnamed.status_code == 422
    assert unnamed.json()["errors"][0]["pointer"] == "/customer"
    assert (await opened(client, "agent", customer="region", channel="phone"))["contract"] == "timecare"


async def test_a_customer_cannot_register_for_another(client: Client) -> None:
    answer = await client.post("/v1/tickets", json=BODY | {"customer": "region"}, headers=by("acme"))
    assert answer.status_code == 422


async def test_a_ticket_is_found_by_the_clients_own_reference_by_its_owner_only(client: Client) -> None:
    ticket = await opened(client, external_ref="ACME-1")
    await opened(client, "region", external_ref="ACME-1")
    mine = await client.get("/v1/tickets", params={"external_ref": "ACME-1"}, headers=by("acme"))
    assert [item["id"] for item in mine.json()["items"]] == [ticket["id"]]


BAD: dict[str, tuple[Any, int]] = {
    "missing": ({}, 422),
    "unknown field": (BODY | {"colour": "red"}, 422),
    "wrong type": (BODY | {"subject": 7}, 422),
    "empty subject": (BODY | {"subject": "   "}, 422),
    "no way to reach": (BODY | {"reporter": {"name": "Ada"}}, 422),
    "bad e-mail": (BODY | {"reporter": {"name": "Ada", "email": "ada@@x\r\nBcc: y@z.example"}}, 422),
    "a name of two lines": (BODY | {"reporter": {"name": "Ada\nBcc: x", "email": "a@acme.example"}}, 422),
    "a subject that rings a bell": (BODY | {"subject": "Hej\a!"}, 422),
    "e-mail that no mail reaches": (BODY | {"reporter": {"name": "Åsa", "email": "åsa@acme.example"}}, 422),
    "unknown priority": (BODY | {"priority": "P9"}, 422),
    "naive time": (BODY | {"reported_at": "2026-03-27T10:00:00"}, 422),
    "a description of blanks": (BODY | {"description": " \n\u200b\t"}, 422),
    "NUL": (BODY | {"description": "a\x00b"}, 422),
    "a MiB of text": (BODY | {"description": "a" * 2**20}, 413),
    "a list": ([], 422),
    "unknown contract": (BODY | {"contract": "nope"}, 422),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_gets_a_problem_that_names_the_fault(client: Client, name: str) -> None:
    body, status = BAD[name]
    answer = await client.post("/v1/tickets", json=body, headers=by("acme"))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["trace_id"]
    if status == 422:
        assert problem["errors"]


@pytest.mark.parametrize("raw", [b"{", b'{"subject": "\xff"}', b'{"subject": "\\ud800"}', b""])
async def test_bytes_that_are_no_json_get_a_problem(client: Client, raw: bytes) -> None:
    headers = by("acme", **{"Content-Type": "application/json"})
    answer = await client.post("/v1/tickets", content=raw, headers=headers)
    assert answer.status_code in (400, 422)


async def test_an_unknown_credential_is_401(client: Client) -> None:
    assert (await client.post("/v1/tickets", json=BODY)).status_code == 401
    assert (await client.post("/v1/tickets", json=BODY, headers=by("nobody"))).status_code == 401


async def test_the_feed_is_for_subscribing_services(client: Client) -> None:
    await opened(client)
    assert (await client.get("/v1/events", headers=by("acme"))).status_code == 403
    feed = await client.get("/v1/events?source=/intake", headers=by("service"))
    assert [event["type"] for event in feed.json()["items"]] == ["TicketOpened.v1"]


async def test_an_id_that_is_none_and_one_that_is_old_are_refused_at_once(client: Client) -> None:
    assert (await client.get("/v1/tickets/nonsense", headers=by("acme"))).status_code in (404, 422)
    old = "01900000-0000-7000-8000-000000000000"
    assert (await client.get(f"/v1/tickets/{old}", headers=by("acme"))).status_code == 404
