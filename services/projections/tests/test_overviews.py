"""Counts for the desk, a customer and a service manager: live tickets only, and nobody else's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from projections.desk_views import Overview, Queues
from shared.events.escalation import TicketAssigned, TicketRouted
from shared.events.people import Actor
from shared.events.sla import DeadlineBreached
from shared.events.ticket import (
    CustomerQuestioned,
    SupplierAwaited,
    TicketClosed,
    TicketPrioritised,
    TicketResolved,
)
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

AGENT = Actor(id="agent-1", party="support", role="agent")


def _as(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"}


@pytest.fixture
async def tickets(database: Database, story: Callable[..., Any], take_in: Callable[..., Any]) -> None:
    """Of acme: a P1 due soon and breached within support, one waiting, one awaiting a supplier, one resolved.
    Of region: one."""
    soon = await database.now() + timedelta(hours=1)
    urgent, waiting, supplied, resolved, other = (
        story(tenant=tenant) for tenant in ("acme", "acme", "acme", "acme", "region")
    )
    for each in (urgent, waiting, supplied, resolved, other):
        each.opened()
    urgent.told(TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT))
    urgent.deadline("d1", "resolution", soon)
    urgent.deadline("d2", "triage", soon, internal=True)
    urgent.told(
        DeadlineBreached(
            deadline_id="d2", kind="triage", commitment="aim", due_at=soon, detected_at=soon, internal=True
        )
    )
    urgent.told(TicketAssigned(line=2, team="line-2", by=AGENT, assignee="agent-1"))
    waiting.told(CustomerQuestioned(comment_id="q", by=AGENT))
    waiting.told(TicketRouted(line=1, team="line-1"))
    supplied.told(SupplierAwaited(reference="S-1", by=AGENT))
    supplied.told(TicketRouted(line=1, team="line-1"))
    supplied.deadline("d1", "resolution", soon + timedelta(days=2))
    resolved.told(TicketResolved(by=AGENT, solution="Restarted."))
    for each in (urgent, waiting, supplied, resolved, other):
        await take_in(*each.events)


async def test_queues_count_live_tickets_by_line_team_and_priority(
    client: httpx2.AsyncClient, tickets: None
) -> None:
    answer = (await client.get("/v1/queues", headers=_as("agent"))).json()
    assert Queues.model_validate(answer)
    found = {(i["line"], i["team"], i["priority"]): i for i in answer["items"]}
    assert {key: item["tickets"] for key, item in found.items()} == {
        (None, None, None): 1,
        (1, "line-1", None): 2,
        (2, "line-2", "P1"): 1,
    }
    urgent = found[2, "line-2", "P1"]
    assert (urgent["breached"], urgent["unassigned"], urgent["due_soon"]) == (1, 0, 1)
    first = found[1, "line-1", None]
    assert (first["unassigned"], first["waiting_for_customer"], first["waiting_for_supplier"]) == (2, 1, 1)
    assert first["due_soon"] == 0


async def test_a_customer_s_overview_counts_what_it_may_see(
    client: httpx2.AsyncClient, tickets: None
) -> None:
    of_acme = {
        "customer": "acme",
        "open": 3,
        "open_by_priority": {"P1": 1, "P2": 0, "P3": 0, "P4": 0, "none": 2},
        "breached": 0,
        "waiting_for_customer": 1,
        "waiting_for_supplier": 1,
        "due_soon": 1,
    }
    answer = (await client.get("/v1/customers/acme/overview", headers=_as("acme"))).json()
    assert Overview.model_validate(answer)
    assert answer == of_acme
    for_support = (await client.get("/v1/customers/acme/overview", headers=_as("agent"))).json()
    assert for_support == {**of_acme, "breached": 1}


async def test_another_customer_s_overview_is_unknown(client: httpx2.AsyncClient, tickets: None) -> None:
    assert (await client.get("/v1/customers/region/overview", headers=_as("acme"))).status_code == 404
    for route in ("/v1/queues", "/v1/overview"):
        assert (await client.get(route, headers=_as("acme"))).status_code == 403


async def test_a_manager_sees_every_customer(client: httpx2.AsyncClient, tickets: None) -> None:
    answer = (await client.get("/v1/overview", headers=_as("manager"))).json()
    assert {item["customer"]: item["open"] for item in answer["items"]} == {"acme": 3, "region": 1}


async def test_the_overview_of_nobody_is_unknown_and_that_of_a_customer_at_rest_is_zeros(
    client: httpx2.AsyncClient, story: Callable[..., Any], take_in: Callable[..., Any]
) -> None:
    ada = story(tenant="acme")
    ada.opened()
    ada.told(TicketClosed(by=AGENT, resolved=False))
    await take_in(*ada.events)
    assert (await client.get("/v1/customers/absent/overview", headers=_as("manager"))).status_code == 404
    at_rest = await client.get("/v1/customers/acme/overview", headers=_as("manager"))
    assert (at_rest.status_code, at_rest.json()["open"]) == (200, 0)
    own = await client.get("/v1/customers/region/overview", headers=_as("region"))
    assert (own.status_code, own.json()["open"]) == (200, 0), "a customer knows that it is one"
