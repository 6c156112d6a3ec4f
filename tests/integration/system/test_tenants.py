"""Tenant × role × route over every published operation: with both walls, and with each one alone.

Each customer's things are asked for by every role of either customer and by every role of ours; with both
walls also by readers on a route that writes, by a stranger and by nobody, who never come to a wall. A route
that is new in a service's OpenAPI document takes part by itself, or fails here with a line that says what to
add; with neither wall its leaks must be seen.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from faults.machine import SERVICES
from shared.runtime.auth import CUSTOMER_ROLES
from tests.integration.system.conftest import System
from tests.integration.system.tenants.callers import CUSTOMERS_OWN, MEETING_ROWS
from tests.integration.system.tenants.examples import NO_WALL
from tests.integration.system.tenants.hooks import receiver
from tests.integration.system.tenants.making import make_things
from tests.integration.system.tenants.matrix import Findings, ask_all
from tests.integration.system.tenants.operations import Operation, operations, unclassified
from tests.integration.system.tenants.things import Things
from tests.integration.system.tenants.walls import policy_dropped, without_row_level_security

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

HERE = "tests.integration.system.tenants"


@pytest.fixture(scope="module")
async def published(system: System) -> list[Operation]:
    found: list[Operation] = []
    for service in SERVICES:
        answer = await system.call("GET", service, "/openapi.json", None)
        found += operations(service, answer.json())
    return found


@pytest.fixture(scope="module")
async def things(system: System, published: list[Operation]) -> AsyncIterator[dict[str, Things]]:
    assert not unclassified(published), "\n".join(unclassified(published))
    async with receiver(system) as url:
        yield await make_things(system, published, url)


@pytest.fixture(scope="module")
async def walls(system: System, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The services run again with walls that the file it gives takes down; afterwards as they are."""
    file = tmp_path_factory.mktemp("walls") / "walls.json"
    file.write_text("{}")
    await system.machine.restarted({"WALLS_FILE": str(file)}, f"{HERE}.walls")
    yield file
    ended = system.machine.unplanned()
    await system.machine.restarted()
    assert not ended, ended


@pytest.fixture
def take_down(walls: Path) -> Iterator[Callable[..., None]]:
    """Say what no longer holds, until the end of the test."""

    def say(**said: Any) -> None:
        whole = walls.with_suffix(".new")
        whole.write_text(json.dumps(said))
        whole.replace(walls)  # at once: what the services do by themselves reads it at any moment

    yield say
    say()


def no_leak(findings: Findings, layer: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{layer}: {findings}")
    assert not findings.wrong, "\n".join(findings.wrong[:40])


def test_a_route_that_the_matrix_does_not_know_says_what_to_add(published: list[Operation]) -> None:
    assert unclassified(published) == []
    new = replace(published[0], path="/v1/novelties/{novelty_id}", roles=None)
    (open_, body, named) = unclassified([new])
    assert "caller(…)" in open_ and "BODIES" in body and "{novelty_id}" in named


async def test_nobody_reaches_another_customers_things(
    system: System, published: list[Operation], things: dict[str, Things], capsys: pytest.CaptureFixture[str]
) -> None:
    findings = await ask_all(system, published, things)
    no_leak(findings, "as it is", capsys)
    never = {operation.name for operation in published if operation.built} - findings.done.keys()
    assert not never, f"never once successful, so nothing is proven by their refusals: {sorted(never)}"


async def test_the_queries_alone_keep_customers_apart(
    system: System, published: list[Operation], things: dict[str, Things], capsys: pytest.CaptureFixture[str]
) -> None:
    with without_row_level_security(system.machine.database_url):
        findings = await ask_all(system, published, things, MEETING_ROWS)
    no_leak(findings, "the queries alone", capsys)


async def test_row_level_security_alone_keeps_customers_apart(
    system: System,
    published: list[Operation],
    things: dict[str, Things],
    take_down: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    take_down(blind=True)
    findings = await ask_all(system, published, things, MEETING_ROWS)
    no_leak(findings, "row-level security alone", capsys)


@pytest.mark.parametrize(
    ("service", "query", "route"),
    [
        ("intake", "FROM external_refs", "GET /v1/tickets"),
        ("intake", "FROM events", "GET /v1/customers"),
        ("intake", "FROM events", "GET /v1/people"),
        ("escalation", "FROM events e", "GET /v1/tickets/{ticket_id}/routing"),
        ("notifier", "FROM states", "GET /v1/notifications"),
        ("notifier", "FROM webhooks", "GET /v1/webhooks"),
        ("notifier", "FROM webhooks", "POST /v1/webhooks/{webhook_id}/test"),
        ("projections", "FROM tickets AS t", "GET /v1/tickets"),
        ("projections", "FROM deadlines AS d", "GET /v1/tickets"),
        ("projections", "FROM ticket_changes AS c", "GET /v1/stream"),
    ],
)
async def test_the_matrix_sees_a_query_without_its_tenant(
    system: System,
    published: list[Operation],
    things: dict[str, Things],
    take_down: Callable[..., None],
    service: str,
    query: str,
    route: str,
) -> None:
    take_down(dropped=query)
    with without_row_level_security(system.machine.database_url):
        findings = await ask_all(system, only(published, service, route), things, CUSTOMERS_OWN)
    assert findings.leaks


@pytest.mark.parametrize(
    ("tables", "route"),
    [
        (("intake.events",), "GET /v1/tickets/{ticket_id}"),
        (("intake.events",), "GET /v1/customers/{customer}"),
        (("intake.events",), "POST /v1/people/{person}/contact"),
        (("intake.external_refs",), "GET /v1/tickets"),
        (("sla_engine.events",), "GET /v1/tickets/{ticket_id}/deadlines"),
        (("escalation.events",), "GET /v1/tickets/{ticket_id}/routing"),
        (("notifier.states",), "GET /v1/notifications"),
        (("notifier.ledger",), "GET /v1/notifications"),
        (("notifier.webhooks",), "GET /v1/webhooks"),
        (("notifier.webhooks",), "POST /v1/webhooks/{webhook_id}/disable"),
        (("notifier.webhooks", "notifier.webhook_deliveries"), "GET /v1/webhooks/{webhook_id}/deliveries"),
        (("projections.tickets",), "GET /v1/tickets"),
    ],
)
async def test_the_matrix_sees_a_table_without_its_policy(
    system: System,
    published: list[Operation],
    things: dict[str, Things],
    take_down: Callable[..., None],
    tables: tuple[str, ...],
    route: str,
) -> None:
    take_down(blind=True)
    service = tables[0].partition(".")[0]
    with ExitStack() as dropped:
        for table in tables:
            dropped.enter_context(policy_dropped(system.machine.database_url, table))
        findings = await ask_all(system, only(published, service, route), things, CUSTOMERS_OWN)
    assert findings.leaks


def only(published: list[Operation], service: str, route: str) -> list[Operation]:
    found = [each for each in published if (each.service, each.name) == (service, route)]
    assert found, f"{service} has no {route}"
    return found


async def test_without_either_wall_the_matrix_sees_every_route_leak(
    system: System,
    published: list[Operation],
    things: dict[str, Things],
    take_down: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What it does not see now, it would never see. It changes others' things, and so comes last."""
    take_down(blind=True)
    with without_row_level_security(system.machine.database_url):
        findings = await ask_all(system, published, things, CUSTOMERS_OWN)
    with capsys.disabled():
        print(f"\nwithout either: {findings}")
    leaking = {line.partition(" of ")[0] for line in findings.leaks}
    open_to_customers = {
        f"{each.service} {each.name}"
        for each in published
        if each.built and each.roles and each.roles & set(CUSTOMER_ROLES)
    }
    assert open_to_customers - leaking == NO_WALL.keys()
