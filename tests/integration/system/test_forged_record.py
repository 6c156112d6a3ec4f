"""One forged record on `ticket-events`: a ticket waits in four services, and nothing else notices."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from confluent_kafka import Producer
from typer.testing import CliRunner

from shared.messaging import dlq
from shared.messaging.partitions import partition_of
from shared.testing.waiting import eventually
from stack.addresses import as_login
from tests.integration.system.conftest import Json, System

pytestmark = pytest.mark.integration

CONSUMERS = ("sla_engine", "escalation", "notifier", "projections")
SUBJECT = "Ändrat av någon annan"


def forge(system: System, original: Any) -> None:
    """Send the record once more as another event, of the same version."""
    headers = [(n, str(uuid4()).encode() if n == "ce_id" else v) for n, v in original.headers()]
    value = original.value().replace("Växeln svarar inte".encode(), SUBJECT.encode())
    producer = Producer({"bootstrap.servers": system.machine.kafka.bootstrap})
    producer.produce(original.topic(), value, original.key(), partition=original.partition(), headers=headers)
    assert producer.flush(10) == 0


def operate(system: System, command: str, ticket: Json, schema: str) -> str:
    """`python -m shared.messaging.dlq`, as an operator calls it."""
    url = as_login(system.machine.postgres.url, schema, system.machine._password)
    done = CliRunner().invoke(dlq.app, [command, schema, ticket["id"], "--database-url", url])
    assert done.exit_code == 0, done.output
    return done.output


def parked(system: System, ticket: Json) -> dict[str, list[str]]:
    """Why events of the ticket wait, by consumer."""
    found: dict[str, list[str]] = {}
    with psycopg.connect(system.machine._url("stafett")) as admin:
        for schema in CONSUMERS:
            query = f"SELECT reason FROM {schema}.parked WHERE subject = %s ORDER BY version"
            found[schema] = [reason for (reason,) in admin.execute(query.encode(), (ticket["id"],))]
    return found


async def test_a_forged_record_stops_its_ticket_only_and_an_operator_lets_it_go_on(system: System) -> None:
    ticket = await system.open()
    other = await _beside(system, ticket)
    await system.seen(ticket, lambda t: t["deadlines"] and t["routing"]["line"], "everywhere")
    (opened,) = await asyncio.to_thread(system.records, "ticket-events", ticket)
    before = len(system.machine.unplanned())

    await asyncio.to_thread(forge, system, opened)
    disputed = {schema: ["diverged"] for schema in CONSUMERS}
    await eventually(lambda: parked(system, ticket) == disputed, within=30, what="parked everywhere")
    await system.act(ticket, "comments", body="Vi letar.", visibility="public")
    await system.act(other, "comments", body="Vi letar också.", visibility="public")

    await system.seen(other, lambda t: "CommentAdded.v1" in _types(t), "the other ticket goes on")
    shown = await system.call("GET", "projections", f"/v1/tickets/{ticket['id']}", "agent")
    assert shown.json()["subject"] == ticket["subject"]
    assert "CommentAdded.v1" not in _types(shown.json())
    for schema in CONSUMERS:
        assert (await system.call("GET", schema, "/readyz", None)).status_code == 200
        counted = (await system.call("GET", schema, "/metrics", None)).text
        assert 'consumer_history_diverged_total{source="/intake"} 1.0' in counted
        assert "laid away" in await asyncio.to_thread(operate, system, "skip", ticket, schema)

    seen = await system.seen(ticket, lambda t: "CommentAdded.v1" in _types(t), "it goes on")
    assert seen["subject"] == ticket["subject"]
    clear: dict[str, list[str]] = {schema: [] for schema in CONSUMERS}
    await eventually(lambda: parked(system, ticket) == clear, within=30, what="nothing waits anywhere")
    await eventually(lambda: _told_of_comment(system, ticket), what="the reporter is told")
    mails = await system.mails(ticket)
    assert len([mail for mail in mails if mail["to"] == "ada@acme.example"]) == 2, (
        "confirmed and answered once"
    )
    assert not [mail for mail in mails if SUBJECT in mail["subject"]]
    assert len(system.machine.unplanned()) == before


async def _beside(system: System, ticket: Json) -> Json:
    """Another ticket, whose events go through the same partition."""
    while True:
        other = await system.open(subject="Ett annat")
        if partition_of(UUID(other["id"])) == partition_of(UUID(ticket["id"])):
            return other


def _types(ticket: Json) -> list[str]:
    return [event["type"] for event in ticket["timeline"]]


async def _told_of_comment(system: System, ticket: Json) -> bool:
    return any("Vi letar." in mail["text"] for mail in await system.mails(ticket))
