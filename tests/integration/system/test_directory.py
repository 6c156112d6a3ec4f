"""A customer that nobody knew this morning has a ticket with deadlines, a line and a mail by noon.

An operator draws up a contract for an SLA policy that the engine runs, registers the customer, entitles it
and appoints its service manager, all of it over HTTP. Nothing is restarted, and no file is written.
"""

from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from shared.events.ids import derived_id
from shared.testing.waiting import eventually
from tests.integration.system.conftest import Json, System

pytestmark = pytest.mark.integration

BO = {"name": "Bo Exempel", "email": "bo@nordan.example"}


async def done(system: System, path: str, who: str = "ops", **body: Any) -> Json:
    answer = await system.call("POST", "intake", f"/v1/{path}", who, json=body)
    assert answer.status_code in (200, 201), answer.text
    found: Json = answer.json()
    return found


async def test_a_contract_and_a_customer_registered_over_http_are_enough_for_a_ticket(system: System) -> None:
    await done(
        system, "contracts", id="guld", policy="hubs", lines=2, escalate_at_once=["P1"],
        alert_service_manager=["P1"],
    )  # fmt: skip
    await done(system, "customers", id="nordan", name="Nordan AB")
    await done(system, "customers/nordan/entitlements", contract="guld")
    await done(system, "customers/nordan/service-manager", "manager", **BO)

    ticket = await system.open("agent", customer="nordan", priority="P1", channel="phone")
    assert ticket["contract"] == "guld"
    seen = await system.seen(
        ticket,
        lambda t: (
            t["routing"]["line"] == 2 and {d["kind"] for d in t["deadlines"]} >= {"response", "resolution"}
        ),
        "on line 2, with deadlines",
    )
    assert (seen["customer"], seen["contract"]) == ("nordan", "guld")

    async def told() -> bool:
        to = {mail["to"] for mail in await system.mails(ticket)}
        return to >= {"ada@acme.example", "bo@nordan.example"}

    await eventually(told, what="a confirmation, and an alert of the service manager")

    async def previewed() -> Json | None:
        body = {"contract": "guld", "priority": "P1", "registered_at": ticket["registered_at"]}
        answer = await system.call("POST", "sla_engine", "/v1/deadlines/preview", "agent", json=body)
        return answer.json() if answer.status_code == 200 else None

    preview = await eventually(previewed, what="the contract's policy at the engine")
    assert preview is not None
    promised = {deadline["kind"]: deadline["due_at"] for deadline in preview["deadlines"]}
    running = {deadline["kind"]: deadline["due_at"] for deadline in seen["deadlines"]}
    assert running.items() >= {kind: promised[kind] for kind in ("response", "resolution")}.items()


async def test_the_seeds_can_be_previewed_as_soon_as_the_system_is_ready(system: System) -> None:
    for contract in ("hubs", "timecare", "demo"):
        body = {"contract": contract, "priority": "P2", "registered_at": "2026-06-17T16:59:00+02:00"}
        answer = await system.call("POST", "sla_engine", "/v1/deadlines/preview", "acme", json=body)
        assert answer.status_code == 200, answer.text


async def test_a_subscriber_hears_of_the_directory_on_its_topic_as_the_feed_tells_it(system: System) -> None:
    await done(system, "customers", id="sunnan", name="Sunnan AB")
    await done(system, "customers/sunnan/name", name="Sunnan Energi AB")
    stream = {"id": str(derived_id("customer", "sunnan"))}

    def published() -> list[Any]:
        records = system.records("directory-events", stream)
        return records if len(records) >= 2 else []

    records = await eventually(published, what="both events on the topic")
    events = []
    for record in records:
        message = KafkaMessage(dict(record.headers()), record.key(), record.value())
        event = from_binary(message, JSONFormat())
        assert (event.get_source(), event.get_subject()) == ("/intake/directory", stream["id"])
        events.append((event.get_type(), event.get_extension("streamversion"), event.get_data()))
    feed = await system.call("GET", "intake", f"/v1/events?subject={stream['id']}", "service")
    assert events == [
        (each["type"], str(each["streamversion"]), each["data"]) for each in feed.json()["items"]
    ]
    assert [name for name, _, _ in events] == ["CustomerRegistered.v1", "CustomerRenamed.v1"]
