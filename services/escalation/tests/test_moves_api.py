"""Moves by hand over HTTP: who may, what is answered, and what a repeated or stale request comes to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.escalation_facts import HUBS, THREE_LINES, TICKET, begun, closed, opened, reopened, resolved
from tests.escalation_rig import Service

from escalation.adapters.heads import Heads, heads_in
from escalation.adapters.teams_file import read_teams
from escalation.api import alerts_router, router
from escalation.settings import EscalationSettings
from shared.eventstore.database import Database
from shared.runtime.app import create_app

pytestmark = pytest.mark.integration
SEEDS = Path(__file__).parents[3] / "seeds/local"
ACTIONS = ["assign", "escalate", "return"]
NIGHT = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)


@pytest.fixture
def service(database: Database) -> Service:
    return Service(database, read_teams(SEEDS))


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    async with calling(service, heads_in(service.database)) as client:
        yield client


@asynccontextmanager
async def calling(service: Service, heads: Heads) -> AsyncIterator[httpx2.AsyncClient]:
    settings = EscalationSettings(
        app_env="local", database_url="unused", credentials_file=SEEDS / "credentials.yaml"
    )
    routers = [router(service.store, service.moves, heads), alerts_router(service.moves)]
    app = create_app("escalation", settings, routers)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        yield client


def as_(name: str, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer local-{name}"} | {k.replace("_", "-"): v for k, v in headers.items()}


def at(action: str) -> str:
    return f"/v1/tickets/{TICKET}/{action}"


def body_of(action: str) -> dict[str, Any]:
    return {} if action == "assign" else {"reason": "Because"}


async def test_assigning_without_an_assignee_takes_the_ticket_and_answers_with_the_version(
    client: httpx2.AsyncClient, service: Service
) -> None:
    await service.hear(opened(HUBS, "P3"))
    answer = await client.post(at("assign"), json={}, headers=as_("agent"))

    assert answer.status_code == 200
    assert (answer.headers["etag"], answer.json()["version"]) == ('"2"', 2)
    assert (answer.json()["assignee"], answer.json()["line"]) == ("local-agent", 1)
    freed = await client.post(at("assign"), json={"assignee": None}, headers=as_("manager"))
    assert freed.json()["assignee"] is None


async def test_a_move_waits_for_what_its_caller_has_done_elsewhere(service: Service) -> None:
    await service.hear(opened(HUBS, "P3"), closed(5))
    on_its_way = [reopened(6)]

    async def heads(_: UUID) -> Mapping[str, int]:
        if on_its_way:
            await service.hear(on_its_way.pop())
            return {"intake": 2}
        return {"intake": 3}

    async with calling(service, heads) as client:
        query = {"min_version": "intake:3"}
        moved = await client.post(at("assign"), json={}, params=query, headers=as_("agent"))
        assert moved.status_code == 200, moved.text
        seen = await client.get(at("routing"), params={"min_version": "intake:4"}, headers=as_("agent"))
        assert seen.headers["stafett-stale"] == "true"


async def test_assigning_moves_too_where_a_line_is_named(
    client: httpx2.AsyncClient, service: Service
) -> None:
    await service.hear(opened(THREE_LINES, "P3"))
    answer = await client.post(at("assign"), json={"assignee": "lin", "line": 3}, headers=as_("agent"))

    shown = answer.json()
    assert (shown["line"], shown["team"], shown["assignee"]) == (3, "line-3", "lin")


@pytest.mark.parametrize("line", [0, -1, 3, "two", "2", True, 2.0, 10**12])
async def test_a_line_that_the_contract_lacks_is_422_with_a_pointer(
    client: httpx2.AsyncClient, service: Service, line: Any
) -> None:
    await service.hear(opened(HUBS, "P3"))
    answer = await client.post(at("assign"), json={"line": line}, headers=as_("agent"))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/line"


async def test_the_history_says_who_and_why_to_support_and_neither_to_customers(
    client: httpx2.AsyncClient, service: Service
) -> None:
    await service.hear(opened(THREE_LINES, "P3"))
    await client.post(at("assign"), json={}, headers=as_("agent"))
    await client.post(at("escalate"), json={"reason": "Needs a specialist"}, headers=as_("agent"))
    await client.post(at("return"), json={"reason": "Was a question"}, headers=as_("manager"))
    shown = (await client.get(at("routing"), headers=as_("agent"))).json()
    plain = (await client.get(at("routing"), headers=as_("acme"))).json()

    up, back = shown["history"][2:4]
    assert (up["type"], up["line"], up["cause"]) == ("TicketEscalated.v1", 2, "manual")
    assert (up["reason"], up["by"]["id"]) == ("Needs a specialist", "local-agent")
    assert (back["type"], back["line"], back["from_line"]) == ("TicketReturned.v1", 1, 2)
    assert (back["reason"], back["by"]["role"]) == ("Was a question", "manager")
    assert [(step["type"], step["line"]) for step in plain["history"]] == [
        ("TicketRouted.v1", 1),
        ("TicketEscalated.v1", 2),
        ("TicketReturned.v1", 1),
    ]
    assert set(plain) == {"ticket", "line", "version", "history"}
    assert {key for step in plain["history"] for key in step} == {"type", "at", "line"}


async def test_the_last_line_and_an_ended_ticket_are_conflicts(
    client: httpx2.AsyncClient, service: Service
) -> None:
    await service.hear(opened(HUBS, "P1"))
    last = await client.post(at("escalate"), json={"reason": "More"}, headers=as_("agent"))
    assert (last.status_code, last.json()["type"].rsplit("/", 1)[1]) == (409, "last-line")
    await service.hear(resolved(5))
    assert (await client.post(at("return"), json={"reason": "R"}, headers=as_("agent"))).status_code == 200
    await service.hear(closed(6))
    for action in ACTIONS:
        answer = await client.post(at(action), json=body_of(action), headers=as_("agent"))
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")


@pytest.mark.parametrize("action", ACTIONS)
async def test_only_support_moves_tickets(client: httpx2.AsyncClient, service: Service, action: str) -> None:
    await service.hear(opened(HUBS, "P3"))
    for name in ("acme", "region", "ops", "service"):
        answer = await client.post(at(action), json=body_of(action), headers=as_(name))
        assert answer.status_code == 403
    assert (await client.post(at(action), json=body_of(action))).status_code == 401
    assert len(await service.said()) == 1


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_unknown_ticket_is_404_and_a_misspelt_field_422(
    client: httpx2.AsyncClient, service: Service, action: str
) -> None:
    assert (await client.post(at(action), json=body_of(action), headers=as_("agent"))).status_code == 404
    await service.hear(opened(HUBS, "P3"))
    wrong = await client.post(at(action), json=body_of(action) | {"lines": 2}, headers=as_("agent"))
    assert wrong.status_code == 422


@pytest.mark.parametrize("action", ["escalate", "return"])
@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 2001}])
async def test_a_reason_is_demanded(
    client: httpx2.AsyncClient, service: Service, action: str, body: dict[str, str]
) -> None:
    await service.hear(opened(THREE_LINES, "P1"))

    assert (await client.post(at(action), json=body, headers=as_("agent"))).status_code == 422


async def test_a_stale_version_is_412(client: httpx2.AsyncClient, service: Service) -> None:
    await service.hear(opened(HUBS, "P3"))
    fresh = await client.post(at("assign"), json={}, headers=as_("agent", If_Match='"1"'))
    stale = await client.post(at("escalate"), json={"reason": "R"}, headers=as_("agent", If_Match='"1"'))

    assert (fresh.status_code, stale.status_code) == (200, 412)


async def test_a_key_gives_the_first_answer_again_and_refuses_another_body(
    client: httpx2.AsyncClient, service: Service
) -> None:
    await service.hear(opened(THREE_LINES, "P3"))
    asked = as_("agent", Idempotency_Key="one")
    first = await client.post(at("escalate"), json={"reason": "R"}, headers=asked)
    second = await client.post(at("escalate"), json={"reason": "R"}, headers=asked)
    other = await client.post(at("escalate"), json={"reason": "Another"}, headers=asked)

    assert second.json() == first.json()
    assert (first.json()["line"], other.status_code) == (2, 422)
    # Left out and null mean different things, so they are different bodies.
    asked = as_("agent", Idempotency_Key="two")
    await client.post(at("assign"), json={}, headers=asked)
    assert (await client.post(at("assign"), json={"assignee": None}, headers=asked)).status_code == 422


async def test_an_alert_is_acknowledged_by_support_only_and_once(
    client: httpx2.AsyncClient, service: Service
) -> None:
    await service.hear(opened(HUBS, "P1"), begun(opened(HUBS, "P1"), in_support_hours=False))
    history = (await client.get(at("routing"), headers=as_("agent"))).json()["history"]
    alert = next(step for step in history if step["type"] == "OnCallAlerted.v1")
    path = f"/v1/alerts/{alert['alert_id']}/acknowledge"

    assert (alert["level"], alert["attempt"], alert["person"] != "") == (1, 1, True)
    assert (await client.post(path, headers=as_("acme"))).status_code == 403
    first = await client.post(path, headers=as_("agent"))
    second = await client.post(path, json={}, headers=as_("manager"))
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert first.json()["acknowledged_by"]["id"] == "local-agent"
    assert first.headers["etag"] == f'"{first.json()["version"]}"'
    assert (await client.post(f"/v1/alerts/{TICKET}/acknowledge", headers=as_("agent"))).status_code == 404
