"""One ticket through all five services, as the people and systems around it see it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat

from shared.testing.waiting import eventually
from tests.integration.system.conftest import Json, System

pytestmark = pytest.mark.integration

CHECKOUT = Path(__file__).parents[3]
TOPICS = ("ticket-events", "sla-events", "escalation-events", "notification-events")


def kinds(ticket: Json) -> dict[str, str]:
    return {deadline["kind"]: deadline["state"] for deadline in ticket["deadlines"]}


def types(records: list[Any]) -> list[str]:
    return [dict(record.headers())["ce_type"].decode() for record in records]


async def test_a_critical_ticket_is_everywhere_at_once(system: System) -> None:
    ticket = await system.open(priority="P1")
    seen = await system.seen(ticket, lambda t: t["routing"]["line"] == 2, "on line 2")
    seen = await system.seen(
        ticket, lambda t: {"response", "work_started", "resolution"} <= set(kinds(t)), "deadlines"
    )
    assert seen["number"] == ticket["number"]
    assert kinds(seen)["response"] == "running"
    mails = await eventually(lambda: _two(system, ticket), what="a confirmation and an alert")
    assert {mail["to"] for mail in mails} >= {"ada@acme.example", "ylva.exempel@acme.example"}


async def _two(system: System, ticket: Json) -> list[Json] | None:
    mails = await system.mails(ticket)
    return mails if {"ada@acme.example", "ylva.exempel@acme.example"} <= {m["to"] for m in mails} else None


async def test_a_resolved_ticket_has_met_all_that_ran(system: System) -> None:
    ticket = await system.open(priority="P1")
    await system.act(ticket, "work")
    await system.act(ticket, "resolve", solution="klart", workaround=True)
    seen = await system.seen(
        ticket,
        lambda t: t["status"] == "resolved" and "running" not in kinds(t).values() and t["deadlines"],
        "all ended",
    )
    met = {kind for kind, state in kinds(seen).items() if state == "met"}
    assert met >= {"response", "work_started", "resolution"}


async def test_a_timecare_question_runs_triage_only_and_a_wish_is_no_priority(system: System) -> None:
    ticket = await system.open("region", priority="P1", channel="portal")
    assert ticket["priority"] is None
    seen = await system.seen(
        ticket, lambda t: t["deadlines"] and t["routing"]["line"], "deadlines and a line"
    )
    assert kinds(seen) == {"triage": "running"}
    assert seen["routing"]["line"] == 1
    await system.act(ticket, "priority", priority="P3")
    await system.seen(ticket, lambda t: kinds(t)["triage"] == "met", "triage met")


async def test_neglect_is_warned_of_breached_and_escalated_to_the_second(system: System) -> None:
    ticket = await system.open("fast", priority="P1")
    seen = await system.seen(
        ticket, lambda t: kinds(t).get("resolution") == "breached", "a breach after 25 s", within=40
    )
    assert kinds(seen)["response"] == "breached"
    seen = await system.seen(ticket, lambda t: t["routing"]["line"] == 3, "on line 3")
    told = [event["type"] for event in seen["timeline"]]
    assert "DeadlineWarned.v1" in told
    breaches = [r for r in system.records("sla-events", ticket) if types([r]) == ["DeadlineBreached.v1"]]
    dues = [json.loads(record.value())["deadline_id"] for record in breaches]
    assert len(dues) == len(set(dues)), "each deadline is breached once"


async def test_a_ticket_too_long_on_line_1_goes_to_line_2_and_stays_there(system: System) -> None:
    ticket = await system.open("fast", priority="P2")
    await system.seen(ticket, lambda t: kinds(t).get("line_limit") == "breached", "20 s on line 1", within=40)
    await system.seen(ticket, lambda t: t["routing"]["line"] == 2, "on line 2")
    # The next thing that time does comes 20 s later; whatever the move itself sets off comes before it.
    seen = await system.seen(
        ticket, lambda t: kinds(t).get("resolution") == "breached", "a breach after 40 s", within=40
    )
    assert kinds(seen)["line_limit"] == "breached"
    seen = await system.seen(ticket, lambda t: t["routing"]["line"] == 3, "on line 3")
    moves = {"TicketRouted.v1": "line", "TicketEscalated.v1": "to_line"}
    lines = [event["data"][moves[event["type"]]] for event in seen["timeline"] if event["type"] in moves]
    assert lines == [1, 2, 3]


async def test_every_record_is_a_cloudevent_to_a_foreign_sdk(system: System) -> None:
    ticket = await system.open(priority="P1")
    await eventually(lambda: _two(system, ticket))
    for topic in TOPICS:
        records = await eventually(lambda topic=topic: asyncio.to_thread(system.records, topic, ticket))
        versions = []
        for record in records:
            message = KafkaMessage(dict(record.headers()), record.key(), record.value())
            event = from_binary(message, JSONFormat())
            assert event.get_subject() == ticket["id"]
            assert event.get_datacontenttype() == "application/json"
            assert isinstance(event.get_data(), dict)
            versions.append(int(event.get_extension("streamversion")))
        assert versions == sorted(versions) == list(range(1, len(versions) + 1))


async def test_one_trace_spans_request_deadline_escalation_and_mail(system: System) -> None:
    ticket = await system.open(priority="P1")
    await eventually(lambda: _two(system, ticket))
    (opened,) = system.records("ticket-events", ticket)
    trace = dict(opened.headers())["traceparent"].decode().split("-")[1]

    def services() -> set[str] | None:
        spans = [json.loads(line) for line in system.traces.read_text().splitlines()]
        mine = {span["service"] for span in spans if span["trace_id"] == trace}
        names = {span["name"] for span in spans if span["trace_id"] == trace}
        wanted = {"intake", "sla-engine", "escalation", "notifier", "projections"}
        return names if mine >= wanted else None

    names = await eventually(services, what="spans of all five services")
    assert names is not None
    assert "POST /v1/tickets" in names
    for topic in TOPICS[1:]:
        for record in system.records(topic, ticket):
            assert dict(record.headers())["traceparent"].decode().split("-")[1] == trace
    for mail in await system.mails(ticket):
        assert trace in str(mail["headers"])


READS = {
    "intake": ("/v1/tickets/{id}", "/v1/tickets/{id}/events"),
    "sla_engine": ("/v1/tickets/{id}/deadlines",),
    "escalation": ("/v1/tickets/{id}/routing",),
    "projections": ("/v1/tickets/{id}",),
}


async def test_another_customers_ticket_is_404_in_every_service(system: System) -> None:
    ticket = await system.open(priority="P1")
    await system.seen(ticket, lambda t: t["routing"]["line"] and t["deadlines"], "everywhere")
    for service, paths in READS.items():
        for template in paths:
            path = template.format(id=ticket["id"])
            own = await system.call("GET", service, path, "acme")
            assert own.status_code == 200, f"{service}{path}: {own.text}"
            others = await system.call("GET", service, path, "region")
            assert others.status_code == 404, f"{service}{path}: {others.text}"
            assert others.headers["content-type"] == "application/problem+json"
            assert ticket["number"] not in others.text
    listed = await system.call("GET", "projections", "/v1/tickets", "region")
    assert ticket["id"] not in listed.text
    told = await system.call("GET", "notifier", f"/v1/notifications?ticket={ticket['id']}", "region")
    assert ticket["number"] not in told.text
    assert told.status_code == 404, told.text


@pytest.mark.parametrize("service", ["intake", "sla_engine", "escalation", "notifier", "projections"])
async def test_every_service_publishes_itself_without_the_internet(system: System, service: str) -> None:
    for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/docs"):
        answer = await system.call("GET", service, path, None)
        assert answer.status_code == 200, f"{service}{path}"
        if path == "/docs":
            assert "http://" not in answer.text.replace("http://127.0.0.1", "")
            assert "https://" not in answer.text.replace("https://stafett.example", "")


@pytest.mark.parametrize("service", ["intake", "sla_engine", "escalation", "notifier", "projections"])
async def test_the_committed_openapi_document_is_what_the_service_says(system: System, service: str) -> None:
    """With the stack up, `make docs` writes docs/api/ anew."""
    answer = await system.call("GET", service, "/openapi.json", None)
    committed = CHECKOUT / "docs" / "api" / f"{service.replace('_', '-')}.json"
    assert json.loads(committed.read_text()) == answer.json()
