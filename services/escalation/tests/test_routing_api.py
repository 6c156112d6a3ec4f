"""The routing over HTTP: each customer its own, versions as entity tags, what is not built said so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from tests.escalation_facts import HUBS, TICKET, opened

from escalation.adapters.heads import heads_in
from escalation.api import alerts_router, router
from escalation.domain.teams import UNNAMED
from escalation.handlers import Escalating
from escalation.moves import Moves
from escalation.settings import EscalationSettings
from shared.events.ids import new_id
from shared.eventstore.database import Database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch
from shared.runtime.app import create_app

pytestmark = pytest.mark.integration
CREDENTIALS = Path(__file__).parents[3] / "seeds/local/credentials.yaml"
ROUTING = f"/v1/tickets/{TICKET}/routing"


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx2.AsyncClient]:
    settings = EscalationSettings(app_env="local", database_url="unused", credentials_file=CREDENTIALS)
    store = PostgresEventStore(database, "/escalation")
    moves = Moves(database, store, UNNAMED, lambda: None)
    app = create_app("escalation", settings, [router(store, moves, heads_in(database)), alerts_router(moves)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        yield client


async def route(database: Database) -> None:
    escalating = Escalating(PostgresEventStore(database, "/escalation"), lambda: None)
    async with database.transaction() as tx:
        await escalating.handle(Batch(tx, 0, [opened(HUBS, "P1")], live=True))


def as_(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer local-{name}"}


async def test_the_routing_is_answered_with_its_version(
    client: httpx2.AsyncClient, database: Database
) -> None:
    await route(database)
    answer = await client.get(ROUTING, headers=as_("agent"))

    assert answer.status_code == 200
    assert answer.headers["etag"] == '"3"'
    shown = answer.json()
    assert (shown["ticket"], shown["line"], shown["team"]) == (str(TICKET), 2, "line-2")
    assert (shown["assignee"], shown["version"]) == (None, 3)
    assert [step["type"] for step in shown["history"]] == [
        "TicketRouted.v1",
        "TicketEscalated.v1",
        "ServiceManagerAlerted.v1",
    ]


async def test_a_customer_is_told_the_line_but_neither_team_nor_cause_nor_alert(
    client: httpx2.AsyncClient, database: Database
) -> None:
    await route(database)
    answer = await client.get(ROUTING, headers=as_("acme"))

    assert answer.headers["etag"] == '"3"'
    shown = answer.json()
    assert [(step["type"], step["line"]) for step in shown["history"]] == [
        ("TicketRouted.v1", 1),
        ("TicketEscalated.v1", 2),
    ]
    assert [set(step) for step in shown["history"]] == [{"type", "at", "line"}] * 2
    assert shown | {"history": []} == {"ticket": str(TICKET), "line": 2, "version": 3, "history": []}


async def test_another_customers_ticket_does_not_exist(
    client: httpx2.AsyncClient, database: Database
) -> None:
    await route(database)

    assert (await client.get(ROUTING, headers=as_("region"))).status_code == 404
    assert (await client.get(ROUTING, headers=as_("agent"))).status_code == 200
    assert (await client.get(ROUTING)).status_code == 401


async def test_an_old_unknown_ticket_is_refused_at_once(client: httpx2.AsyncClient) -> None:
    loop = asyncio.get_running_loop()
    asked = loop.time()

    assert (await client.get(ROUTING, headers=as_("agent"))).status_code == 404
    assert loop.time() - asked < 1


async def test_a_young_unknown_ticket_is_awaited(client: httpx2.AsyncClient) -> None:
    loop = asyncio.get_running_loop()
    asked = loop.time()
    answer = await client.get(f"/v1/tickets/{new_id()}/routing", headers=as_("agent"))

    assert answer.status_code == 404
    assert loop.time() - asked >= 1.9
