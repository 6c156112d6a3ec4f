"""The engine over HTTP, on real PostgreSQL: previews, a ticket's deadlines, calendars."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.desk import Desk
from tests.engine_rig import AGENT, instant, stockholm

from shared.events.ticket import TicketResolved

pytestmark = pytest.mark.integration


async def test_a_preview_says_what_the_engine_then_starts(desk: Desk) -> None:
    cases = [(c, p) for c in ("hubs", "timecare", "demo", "helsinki") for p in ("P1", "P2", "P3", "P4", None)]
    registered = stockholm("2026-06-17 16:59:59.999999")
    bodies = [{"contract": c, "priority": p, "registered_at": registered.isoformat()} for c, p in cases]
    previews = (await desk.preview(bodies)).json()
    for (contract, priority), previewed in zip(cases, previews, strict=True):
        ticket = await desk.open(registered, contract, priority)
        read = (await desk.get(f"/v1/tickets/{ticket}/deadlines")).json()
        names = ("kind", "due_at", "warn_at", "soft_due_at", "commitment")
        started = [{name: d[name] for name in names if name in d} for d in read["deadlines"]]
        assert started == previewed["deadlines"]


async def test_deadlines_are_read_as_they_were_told_with_their_versions_and_tag(desk: Desk) -> None:
    registered = datetime.now(UTC) - timedelta(days=30)
    ticket = await desk.open(registered, "demo", "P4")
    await desk.fire(ticket)
    late = registered + timedelta(hours=1)
    await desk.hear(ticket, (TicketResolved(by=AGENT), late))
    answer = await desk.get(f"/v1/tickets/{ticket}/deadlines", "fast")
    assert answer.status_code == 404
    answer = await desk.get(f"/v1/tickets/{ticket}/deadlines", "acme")
    document = answer.json()
    (response,) = document["deadlines"]
    assert answer.headers["etag"] == f'"{document["version"]}"'
    assert document["version"] == len(await desk.store.read(ticket, "*"))
    assert response["state"] == "met_late"
    assert response["breached_at"] == response["due_at"] < response["met_at"] < response["detected_at"]
    assert response["calendar_version"] == "demo-calendar-1"
    assert {"policy_version", "tzdata_version", "id", "explanation"} <= response.keys()
    assert "retracted_at" not in response


async def test_customers_are_not_shown_internal_aims(desk: Desk) -> None:
    hubs = await desk.open(stockholm("2026-05-19 10:00"), "hubs", None)
    timecare = await desk.open(stockholm("2026-05-19 10:00"), "timecare", None)
    assert await _kinds(desk, hubs, "acme") == {"response", "resolution"}
    assert await _kinds(desk, hubs, "agent") == {"response", "resolution", "triage", "line_limit"}
    assert await _kinds(desk, timecare, "acme") == {"triage"}


async def test_an_unknown_ticket_and_another_customer_s_are_both_not_found(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-19 10:00"), "hubs", "P3")
    old = UUID("01900000-0000-7000-8000-000000000001")
    for path, who in ((old, "agent"), (ticket, "region"), (old, "acme")):
        assert (await desk.get(f"/v1/tickets/{path}/deadlines", who)).status_code == 404
    assert (await desk.get(f"/v1/tickets/{ticket}/deadlines", "acme")).status_code == 200


async def test_a_read_waits_for_the_versions_it_names_and_says_when_they_have_not_come(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-19 10:00"), "hubs", "P4")
    path = f"/v1/tickets/{ticket}/deadlines?min_version="
    there, missing = await desk.get(f"{path}sla-engine:1"), await desk.get(f"{path}intake:7")
    assert (there.status_code, there.headers.get("stafett-stale")) == (200, None)
    assert (missing.status_code, missing.headers.get("stafett-stale")) == (200, "true")
    assert (await desk.get(f"{path}later")).status_code == 422


async def test_every_interval_that_counted_or_not_is_explained(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-13 11:30"), "timecare", None)
    (triage,) = (await desk.get(f"/v1/tickets/{ticket}/deadlines")).json()["deadlines"]
    told = [(s["from"], s["counts"], s["reason"]) for s in triage["explanation"]]
    assert told == [
        (instant("2026-05-13 11:30"), True, "support hours"),
        (instant("2026-05-13 12:00"), False, "short day: before Kristi himmelsfärdsdag"),
        (instant("2026-05-14 00:00"), False, "red day: Kristi himmelsfärdsdag"),
        (instant("2026-05-15 00:00"), False, "bridge day: beside Kristi himmelsfärdsdag"),
        (instant("2026-05-16 00:00"), False, "weekend"),
        (instant("2026-05-18 00:00"), False, "outside support hours"),
        (instant("2026-05-18 09:00"), True, "support hours"),
    ]
    assert triage["explanation"][-1]["to"] == triage["due_at"] == instant("2026-05-18 10:30")


async def test_the_feed_gives_what_was_told(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-19 10:00"), "hubs", "P4")
    items = (await desk.get(f"/v1/events?subject={ticket}", "service")).json()["items"]
    assert [item["type"] for item in items] == ["DeadlineStarted.v1"]
    assert (await desk.get("/v1/events", "acme")).status_code == 403


async def test_only_known_callers_are_answered(desk: Desk) -> None:
    body = {"contract": "hubs", "priority": "P2", "registered_at": "2026-03-27T16:30:00Z"}
    assert (await desk.client.post("/v1/deadlines/preview", json=body)).status_code == 401
    assert (await desk.client.get("/v1/calendars/hubs?year=2026")).status_code == 401


async def _kinds(desk: Desk, ticket: UUID, who: str) -> set[str]:
    answer = await desk.get(f"/v1/tickets/{ticket}/deadlines", who)
    return {deadline["kind"] for deadline in answer.json()["deadlines"]}
