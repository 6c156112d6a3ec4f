"""What a customer has in the directory: people, itself, and a contract that may be changed."""

from typing import Any
from uuid import uuid4

from tests.integration.system.conftest import Json, System
from tests.integration.system.tenants.things import Things


async def enter(system: System, things: Things) -> None:
    """Its people, and a spare contract with a service manager; beside them a person of support's."""
    customer = things.customer
    things.spare = f"spare-{customer}"
    await _done(system, "contracts", id=things.spare, policy="hubs", lines=2)
    at = f"customers/{customer}"
    # Not in force: tickets that name no contract still have the one that they had.
    begins = {"from": "2090-01-01T00:00:00Z"}
    await _done(system, f"{at}/entitlements", contract=things.spare, **begins)
    manager = {"name": things.internal_word, "phone": "+46 8 000 00 00"}
    found = await _done(system, f"{at}/service-manager", contract=things.spare, **manager)
    things.name = found["name"]
    things.marks |= {things.name, things.spare}
    things.internal |= {each["email"] for each in found["service_managers"] if each["email"]}
    things.person = await a_person(system, things)
    colleague = {"external_id": f"u-{uuid4().hex}", "name": things.mark(internal=True)}
    await _done(system, "people", **colleague, phone="+46 8 000 00 00")


async def a_person(system: System, things: Things) -> str:
    """One more of the customer's people; the id."""
    mark = things.mark()
    email = f"{mark}@{things.customer}.example"
    person = await _done(system, "people", external_id=mark, name=mark, email=email, customer=things.customer)
    things.marks.add(person["id"])
    return str(person["id"])


async def _done(system: System, path: str, **body: Any) -> Json:
    answer = await system.call("POST", "intake", f"/v1/{path}", "ops", json=body)
    assert answer.status_code in (200, 201), answer.text
    done: Json = answer.json()
    return done
