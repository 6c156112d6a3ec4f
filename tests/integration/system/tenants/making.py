"""Making what the customers have: tickets here, the directory and webhooks beside."""

import json
from typing import Any

from shared.testing.waiting import eventually
from tests.integration.system.conftest import Json, System
from tests.integration.system.tenants.callers import CUSTOMERS
from tests.integration.system.tenants.directory import enter
from tests.integration.system.tenants.hooks import heard, listen
from tests.integration.system.tenants.operations import Operation
from tests.integration.system.tenants.things import Things, Ticket, bearer


async def make_things(system: System, operations: list[Operation], receiver: str) -> dict[str, Things]:
    """By customer; a ticket or webhook of its own for each operation that changes one, known to all services.

    `receiver`: where webhooks' deliveries go.
    """
    made = {}
    alert = await _an_alert(system)
    for customer, contract in CUSTOMERS.items():
        things = Things(customer, contract, alert, await _position(system, customer), receiver=receiver)
        await enter(system, things)
        await listen(system, things, operations)
        for name in ("read", "other"):
            await _open(system, things, name)
        for operation in operations:
            if operation.writes and operation.built and operation.named & {"ticket_id", "ticket"}:
                await _open(system, things, operation.name)
                for name in operation.before:
                    first = next(each for each in operations if each.name == name)
                    await _prepare(system, things, operation, first)
        await _live(system, things)
        made[customer] = things
    for things in made.values():
        await _known_everywhere(system, things)
    return made


async def _open(system: System, things: Things, name: str) -> Json:
    things.external_ref = things.mark()
    ticket = await system.open(
        "agent",
        customer=things.customer,
        contract=things.contract,
        subject=things.mark(),
        description=things.mark(),
        external_ref=things.external_ref,
        reporter={"name": things.mark(), "email": f"{things.mark()}@{things.customer}.example"},
    )
    things.tickets[name] = Ticket(ticket["id"], ticket["number"])
    things.marks |= {ticket["id"], ticket["number"]}
    return ticket


async def _prepare(system: System, things: Things, operation: Operation, first: Operation) -> None:
    path = first.path.format_map(things.values(operation))
    body = {} if first.body is None else {"json": dict(first.body)}
    done = await system.call(first.method, first.service, path, "agent", **body)
    assert done.status_code == 200, done.text


async def _live(system: System, things: Things) -> None:
    """Conversation, internal words and an end on the ticket that is read, so that there is much to leak."""
    ticket = {"id": things.tickets["read"].id}
    await system.act(ticket, "comments", body=things.mark(internal=True), visibility="internal")
    await system.act(ticket, "question", body=things.mark())
    said = await system.http.post(
        f"{system.machine.url('intake')}/v1/tickets/{ticket['id']}/comments",
        json={"body": things.mark()},
        headers=bearer(things.customer),
    )
    assert said.status_code == 200, said.text
    await system.act(ticket, "priority", priority="P2")
    await system.act(ticket, "resolve", solution=things.mark())


async def _an_alert(system: System) -> str:
    """An alert that somebody on call has been given: a hubs P1 makes one at any hour."""
    ticket = await system.open("acme", priority="P1")

    async def alerted() -> str | None:
        answer = await system.call("GET", "escalation", f"/v1/tickets/{ticket['id']}/routing", "agent")
        moves: list[Any] = answer.json().get("history", []) if answer.status_code == 200 else []
        return next((str(move["alert_id"]) for move in moves if move["alert_id"]), None)

    found = await eventually(alerted, what="an alert on call")
    assert found is not None
    return found


async def _position(system: System, customer: str) -> str:
    """Where the customer's stream is before its tickets are made."""
    url = f"{system.machine.url('projections')}/v1/stream"
    async with system.http.stream("GET", url, headers=bearer(customer)) as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id:"):
                return line.removeprefix("id:").strip()
    raise AssertionError("the stream ended without an id")


async def _known_everywhere(system: System, things: Things) -> None:
    def settled(ticket: Json) -> bool:
        return bool(ticket["routing"]["line"] and ticket["deadlines"])

    for ticket in things.tickets.values():
        await system.seen({"id": ticket.id}, settled, "routed and timed", within=30)

    async def told() -> bool:
        path = f"/v1/notifications?ticket={things.tickets['read'].id}"
        answer = await system.call("GET", "notifier", path, "agent")
        return answer.status_code == 200 and bool(answer.json()["items"])

    await eventually(told, what="the reporter was told")
    await heard(system, things)
    read = things.tickets["read"]
    await system.seen({"id": read.id}, lambda t: "met" in json.dumps(t["deadlines"]), "a clock was kept")
