"""Tenant × role × route over every published operation: with both walls, and with each one alone.

Each customer's things are asked for by every role of either customer, by every role of ours, by readers on a
route that writes, by a stranger and by nobody. A route that is new in a service's OpenAPI document takes part
by itself, or fails here with a line that says what to add.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from faults.machine import SERVICES
from tests.integration.system.conftest import System
from tests.integration.system.tenants.examples import ELSEWHERE
from tests.integration.system.tenants.matrix import Findings, ask_all
from tests.integration.system.tenants.operations import Operation, operations, unclassified
from tests.integration.system.tenants.things import Things, make_things
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
async def things(system: System, published: list[Operation]) -> dict[str, Things]:
    assert not unclassified(published), "\n".join(unclassified(published))
    return await make_things(system, published)


@pytest.fixture(scope="module")
async def walls(system: System, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The services run again with walls that the file it gives takes down; afterwards as they are."""
    file = tmp_path_factory.mktemp("walls") / "walls.json"
    file.write_text("{}")
    await system.machine.restarted({"WALLS_FILE": str(file)}, f"{HERE}.walls")
    yield file
    await system.machine.restarted()


@pytest.fixture
def take_down(walls: Path) -> Iterator[Callable[..., None]]:
    """Say what no longer holds, until the end of the test."""
    yield lambda **said: walls.write_text(json.dumps(said)) and None
    walls.write_text("{}")


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
        findings = await ask_all(system, published, things)
    no_leak(findings, "the queries alone", capsys)


async def test_row_level_security_alone_keeps_customers_apart(
    system: System,
    published: list[Operation],
    things: dict[str, Things],
    take_down: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    take_down(blind=True)
    findings = await ask_all(system, published, things)
    no_leak(findings, "row-level security alone", capsys)


@pytest.mark.parametrize(
    ("service", "query"),
    [
        ("intake", "FROM external_refs"),
        ("escalation", "FROM events e"),
        ("notifier", "FROM states"),
        ("projections", "FROM tickets AS t"),
        ("projections", "FROM deadlines AS d"),
        ("projections", "FROM ticket_changes AS c"),
    ],
)
async def test_the_matrix_sees_a_query_without_its_tenant(
    system: System,
    published: list[Operation],
    things: dict[str, Things],
    take_down: Callable[..., None],
    service: str,
    query: str,
) -> None:
    take_down(dropped=query)
    with without_row_level_security(system.machine.database_url):
        findings = await ask_all(system, [o for o in published if o.service == service], things)
    assert findings.leaks


@pytest.mark.parametrize(
    "table",
    [
        "intake.events",
        "intake.external_refs",
        "sla_engine.events",
        "escalation.events",
        "notifier.states",
        "notifier.ledger",
        "projections.tickets",
    ],
)
async def test_the_matrix_sees_a_table_without_its_policy(
    system: System,
    published: list[Operation],
    things: dict[str, Things],
    take_down: Callable[..., None],
    table: str,
) -> None:
    take_down(blind=True)
    service = table.partition(".")[0]
    with policy_dropped(system.machine.database_url, table):
        findings = await ask_all(system, [o for o in published if o.service == service], things)
    assert findings.leaks


def test_what_is_asked_elsewhere_is_asked_there_with_each_layer_alone() -> None:
    for place in ELSEWHERE.values():
        text = (Path(__file__).parents[3] / place).read_text(encoding="utf-8")
        assert "def test_row_level_security_alone" in text, place
        assert "def test_the_conditions_alone" in text, place
