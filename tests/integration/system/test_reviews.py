"""A post-incident review through all five services: told, overdue, done, and never seen by a customer."""

from typing import Any

import pytest

from shared.testing.waiting import eventually
from tests.integration.system.conftest import Json, System

pytestmark = pytest.mark.integration


async def _closed(system: System) -> Json:
    """A P1 of seconds, closed: its review is due 20 s later."""
    ticket = await system.open("fast", priority="P1")
    await system.act(ticket, "work")
    await system.act(ticket, "resolve", solution="Startade om.")
    return await system.act(ticket, "close")


async def _mailed(system: System, ticket: Json, words: str, within: float = 15) -> Json:
    async def look() -> Json | None:
        found = [mail for mail in await system.mails(ticket) if words in mail["subject"]]
        return found[0] if found else None

    mail = await eventually(look, within=within, what=f"a mail that says {words!r}")
    assert mail is not None
    return mail


def _clock(ticket: Json) -> str | None:
    states = [each["state"] for each in ticket["deadlines"] if each["kind"] == "review"]
    return states[-1] if states else None


async def _listed(system: System, query: str) -> list[Any]:
    answer = await system.call("GET", "projections", f"/v1/reviews?{query}", "manager")
    return [item["ticket"] for item in answer.json()["items"]]


async def test_a_review_that_nobody_writes_is_warned_of_and_overdue_and_its_owner_is_mailed(
    system: System,
) -> None:
    ticket = await _closed(system)
    assert ticket["review"]["status"] == "open"
    opened = await _mailed(system, ticket, "Post-incident review opened")
    assert opened["to"] == "maja.exempel@fast.example"
    await _mailed(system, ticket, "review is due soon", within=30)
    overdue = await _mailed(system, ticket, "review is overdue", within=30)
    assert overdue["to"] == "maja.exempel@fast.example"
    seen = await system.seen(ticket, lambda t: _clock(t) == "breached", "the review's breach")
    assert seen["review"]["overdue"] and not seen["breached"]
    assert ticket["id"] in await _listed(system, "status=overdue&customer=fast")
    # Its breach moves nothing and alerts no service manager: there is one alert, of the P1 itself.
    routing = await system.call("GET", "escalation", f"/v1/tickets/{ticket['id']}/routing", "agent")
    told = [step["type"] for step in routing.json()["history"]]
    assert told.count("ServiceManagerAlerted.v1") == told.count("TicketEscalated.v1") == 1
    late = await system.act(ticket, "review-complete", root_cause="Disken var full.")
    assert late["review"]["status"] == "completed"
    await system.seen(ticket, lambda t: _clock(t) == "met_late", "met late")
    assert ticket["id"] not in await _listed(system, "status=overdue")


async def test_a_review_that_is_written_in_time_is_met_and_a_reopening_takes_one_back(
    system: System,
) -> None:
    done, reopened = await _closed(system), await _closed(system)
    bo = {"name": "Bo Exempel", "email": "bo@support.example"}
    await system.act(done, "review", owner=bo, due_at="2031-01-01T00:00:00Z")
    assert (await _mailed(system, done, "review is now yours"))["to"] == bo["email"]
    await system.act(done, "review-complete", root_cause="Disken var full.")
    again = await system.act(reopened, "reopen", reason="Felet är tillbaka.")
    assert again["review"]["status"] == "withdrawn"
    seen = await system.seen(done, lambda t: _clock(t) == "met", "met")
    assert seen["review"]["owner"]["email"] == bo["email"]
    seen = await system.seen(reopened, lambda t: _clock(t) == "cancelled", "cancelled")
    assert seen["review"]["status"] == "withdrawn"


async def test_a_customer_is_shown_nothing_of_a_review_by_any_service(system: System) -> None:
    ticket = await _closed(system)
    await _mailed(system, ticket, "Post-incident review opened")
    await system.seen(ticket, lambda t: _clock(t) == "running", "the review's clock")
    path = f"/v1/tickets/{ticket['id']}"
    for service, route in (
        ("intake", path),
        ("intake", f"{path}/events"),
        ("sla_engine", f"{path}/deadlines"),
        ("notifier", f"/v1/notifications?ticket={ticket['id']}"),
        ("projections", path),
        ("projections", f"{path}/record"),
    ):
        support = await system.call("GET", service, route, "agent")
        customer = await system.call("GET", service, route, "fast")
        assert "review" in support.text.lower(), (service, route)
        assert customer.status_code == 200 and "review" not in customer.text.lower(), (service, route)
    for mail in await system.mails(ticket):
        assert mail["to"] != "ada@acme.example" or "review" not in (mail["subject"] + mail["text"]).lower()
