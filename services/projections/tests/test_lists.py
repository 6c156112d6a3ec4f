"""Lists: what each filter and sort means, and that search neither leaks nor reads every row."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx2
import pytest

from shared.events.codec import instant
from shared.events.escalation import TicketAssigned, TicketRouted
from shared.events.people import Actor
from shared.events.sla import DeadlineBreached, DeadlineMet, DeadlinePaused
from shared.events.ticket import (
    CommentAdded,
    CustomerQuestioned,
    SupplierAwaited,
    TicketClosed,
    TicketPrioritised,
)
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
TakeIn = Callable[..., Any]
AGENT = Actor(id="agent-1", party="support", role="agent")
CUSTOMER = Actor(id="acme-1", party="customer", role="client")


def _as(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"}


async def _numbers(client: httpx2.AsyncClient, query: str, who: str = "agent") -> list[str]:
    answer = await client.get(f"/v1/tickets?{query}", headers=_as(who))
    assert answer.status_code == 200, answer.text
    return [item["number"] for item in answer.json()["items"]]


def _breached(name: str, due: datetime) -> DeadlineBreached:
    return DeadlineBreached(
        deadline_id=name, kind="resolution", commitment="promise", due_at=due, detected_at=due
    )


async def test_sorted_by_due_what_has_passed_altogether_comes_first_and_what_has_no_deadline_last(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    due = story().opened().time + timedelta(days=1)
    told: dict[str, Any] = {}
    for name in ("late", "later", "running", "mixed", "paused", "none", "closed", "ended late"):
        told[name] = story()
        told[name].opened(number=name)
    for name, at in (("late", due), ("later", due + timedelta(hours=1)), ("closed", due), ("mixed", due)):
        told[name].deadline("d1", "resolution", at)
        told[name].told(_breached("d1", at))
    told["mixed"].deadline("d2", "customer_update", due + timedelta(days=1))
    # Its instant has passed too, but nobody has said so yet.
    told["running"].deadline("d1", "resolution", due - timedelta(hours=5))
    told["paused"].deadline("d1", "resolution", due - timedelta(hours=6))
    told["paused"].told(
        DeadlinePaused(
            deadline_id="d1", kind="resolution", paused_at=due, due_at=due, reason="waiting_for_customer"
        )
    )
    told["closed"].told(TicketClosed(by=AGENT, resolved=False))
    told["ended late"].deadline("d1", "resolution", due)
    told["ended late"].told(_breached("d1", due))
    told["ended late"].told(
        DeadlineMet(deadline_id="d1", kind="resolution", met_at=due, due_at=due, late=True)
    )
    for each in told.values():
        await take_in(*each.events)
    ordered = await _numbers(client, "sort=due")
    assert ordered[:5] == ["late", "later", "running", "mixed", "paused"]
    assert set(ordered[5:]) == {"none", "closed", "ended late"}
    assert await _numbers(client, "sort=-due") == ordered[::-1]
    answer = (await client.get("/v1/tickets?sort=due", headers=_as("agent"))).json()["items"]
    assert [item["due_at"] for item in answer[:2]] == [instant(due), instant(due + timedelta(hours=1))]


async def test_sorted_by_priority_those_without_one_come_last(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    for number, priority in (("1", None), ("2", "P3"), ("3", "P1")):
        ada = story()
        ada.opened(number=number)
        if priority:
            ada.told(TicketPrioritised(priority=priority, previous=None, basis="correction", by=AGENT))
        await take_in(*ada.events)
    assert await _numbers(client, "sort=priority") == ["3", "2", "1"]


async def test_each_filter_narrows_the_list(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada, bo, cy = story(), story(), story()
    for each, number in ((ada, "ada"), (bo, "bo"), (cy, "cy")):
        each.opened(number=number)
    ada.told(TicketAssigned(line=2, team="line-2", by=AGENT, assignee="agent-1"))
    ada.told(CustomerQuestioned(comment_id="q", by=AGENT))
    bo.told(TicketAssigned(line=1, team="line-1", by=AGENT, assignee="agent-2"))
    bo.told(SupplierAwaited(reference="S-1", by=AGENT))
    cy.told(TicketRouted(line=1, team="line-1"))
    for each in (ada, bo, cy):
        await take_in(*each.events)
    at = ada.events[-1].time
    for query, found in {
        "assignee=me": ["ada"],
        "assignee=agent-2": ["bo"],
        "assignee=none": ["cy"],
        "assignee=none&assignee=me": ["ada", "cy"],
        "team=line-1": ["bo", "cy"],
        "waiting_for=customer": ["ada"],
        "waiting_for=supplier": ["bo"],
        "number=cy": ["cy"],
        "type=order": [],
        "channel=api&contract=hubs": ["ada", "bo", "cy"],
        "category=defect": [],
        "external_ref=X": [],
        f"registered_from={instant(ada.events[0].time)}": ["ada", "bo", "cy"],
        f"registered_to={instant(ada.events[0].time)}": [],
        f"updated_since={instant(at)}": ["ada", "bo"],
    }.items():
        assert sorted(await _numbers(client, query.replace("+", "%2B"))) == found, query


@pytest.mark.parametrize("query", ["team=line-1", "assignee=me", "assignee=agent-1"])
async def test_a_customer_cannot_ask_by_what_it_may_not_see(client: httpx2.AsyncClient, query: str) -> None:
    answer = await client.get(f"/v1/tickets?{query}", headers=_as("acme"))
    name, _, _ = query.partition("=")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{name}")


async def test_a_cursor_of_another_question_is_refused(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    for _ in range(3):
        await take_in(story().opened())
    first = await client.get("/v1/tickets?limit=1&status=new", headers=_as("agent"))
    cursor = first.json()["next_cursor"]
    for query, status in (
        ("limit=2&status=new", 200),
        ("status=new&sort=due", 422),
        ("status=open", 422),
        ("status=new&q=login", 422),
        ("status=new&registered_from=2026-01-01T00:00:00Z", 422),
    ):
        answer = await client.get(f"/v1/tickets?{query}&cursor={cursor}", headers=_as("agent"))
        assert answer.status_code == status, query


async def test_search_knows_swedish_and_english_forms_of_all_that_was_said(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    ada.opened(subject="Inloggningen fungerar inte", number="2026-000123")
    ada.told(
        CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body="Skrivarna kraschade också.")
    )
    ada.told(CustomerQuestioned(comment_id="q", by=AGENT, body="Is the replication running?"))
    await take_in(*ada.events)
    for phrase in ("fungerade", "skrivare", "kraschar", "replications", "run", "inlogg", "000123 kraschade"):
        assert await _numbers(client, f"q={phrase}", "acme") == ["2026-000123"], phrase
    assert await _numbers(client, "q=skrivare absent", "acme") == []


async def test_internal_words_are_found_by_support_only(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    ada.opened(number="1")
    await take_in(*ada.events)
    await take_in(ada.told(CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="Gullible")))
    await take_in(ada.told(CommentAdded(comment_id="d", visibility="public", by=AGENT, body="Restarting")))
    assert await _numbers(client, "q=gullible", "agent") == ["1"]
    assert await _numbers(client, "q=gullible", "acme") == []
    assert await _numbers(client, "q=restarting", "acme") == ["1"]
    assert await _numbers(client, "q=restarting", "region") == []


async def test_a_very_long_text_does_not_keep_its_ticket_out(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    ada.opened(number="1")
    body = " ".join(f"å{n:x}ö" for n in range(60_000))
    for n in range(4):
        ada.told(CommentAdded(comment_id=f"c{n}", visibility="public", by=CUSTOMER, body=body))
    ada.told(CommentAdded(comment_id="last", visibility="public", by=CUSTOMER, body="Finally"))
    await take_in(*ada.events)
    assert await _numbers(client, "q=finally", "acme") == ["1"]


@pytest.mark.parametrize(
    ("tenant", "index"), [("acme", "ticket_words_search"), ("*", "ticket_words_search_by_support")]
)
async def test_search_uses_its_index(
    database: Database, fresh_database: Callable[[str], str], tenant: str, index: str
) -> None:
    admin = await asyncpg.connect(fresh_database("admin"), server_settings={"search_path": "projections"})
    try:
        await admin.execute(
            "INSERT INTO ticket_words (ticket, tenant, named)"
            " SELECT gen_random_uuid(), 'acme', search_words('word' || n) FROM generate_series(1, 20000) n"
        )
        await admin.execute("VACUUM ANALYZE ticket_words")
        column = index.removeprefix("ticket_words_")
        plan = await admin.fetch(
            f"EXPLAIN SELECT ticket FROM ticket_words"
            f" WHERE {column} @@ search_query('word1777') AND tenant = 'acme'"
        )
        assert any(f"Bitmap Index Scan on {index}" in row[0] for row in plan), plan
    finally:
        await admin.close()
    # And so does the function, in the reader's role: its own scans are counted in its transaction.
    async with database.reading(tenant) as connection, connection.transaction():
        assert len(await connection.fetch("SELECT search_tickets('word1777')")) == 11
        scans = await connection.fetchrow(
            "SELECT seq_scan, idx_scan FROM pg_stat_xact_user_tables WHERE relname = 'ticket_words'"
            " AND schemaname = 'projections'"
        )
    assert scans is not None and (scans["seq_scan"], scans["idx_scan"]) == (0, 1)


async def test_words_are_written_when_somebody_writes_and_not_when_a_clock_moves(
    database: Database, client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    async def version() -> str:
        async with database.working() as connection:
            found: str = await connection.fetchval("SELECT string_agg(xmin::text, ',') FROM ticket_words")
        return found

    ada = story()
    await take_in(ada.opened(subject="Blåmes", number="1"))
    opened = await version()
    await take_in(ada.deadline("d1", "response", ada.events[0].time))
    await take_in(ada.told(TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT)))
    await take_in(ada.told(TicketRouted(line=2, team="line-2")))
    assert await version() == opened
    await take_in(ada.told(CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="Talgoxe")))
    assert await version() != opened
    assert await _numbers(client, "q=blåmes talgoxe", "agent") == ["1"]
    assert await _numbers(client, "q=blåmes", "acme") == ["1"]
    assert await _numbers(client, "q=talgoxe", "acme") == []
