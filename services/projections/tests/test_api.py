"""What callers see: their own tickets, as new as they ask for, in pages that hold still."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from projections.api import STALE
from projections.arrivals import Arrivals
from projections.views import ListQuery, Ticket, TicketSummary
from shared.events.codec import instant
from shared.events.escalation import TicketRouted
from shared.events.ids import new_id
from shared.events.people import Actor
from shared.events.sla import DeadlineBreached
from shared.events.ticket import CommentAdded, TicketPrioritised
from shared.runtime.cursors import encode_cursor
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
TakeIn = Callable[..., Any]
AGENT = Actor(id="agent-1", party="support", role="agent")
OLD = "00000000-0000-7000-8000-000000000001"
"""A UUIDv7 of 1970: unknown, and not young."""


def _as(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"}


async def test_a_ticket_shows_once_opened_whatever_came_first(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    opened = ada.opened()
    clock = ada.deadline("d1", "response", opened.time + timedelta(hours=1))
    await take_in(clock, ada.told(TicketRouted(line=1, team="line-1")))
    assert (await client.get(f"/v1/tickets/{ada.ticket}", headers=_as("agent"))).status_code == 404
    assert (await client.get("/v1/tickets", headers=_as("agent"))).json()["items"] == []
    await take_in(opened)
    answer = (await client.get(f"/v1/tickets/{ada.ticket}", headers=_as("agent"))).json()
    assert Ticket.model_validate(answer)
    assert (answer["status"], answer["customer"], answer["version"]) == ("new", "acme", 1)
    assert answer["reporter"] == {"name": "Ada", "email": "ada@acme.example", "phone": None}
    assert answer["routing"] == {"line": 1, "team": "line-1", "assignee": None}
    assert answer["versions"] == {"intake": 1, "sla-engine": 1, "escalation": 1, "notifier": 0}
    [deadline] = answer["deadlines"]
    assert (deadline["id"], deadline["state"], deadline["met_at"]) == ("d1", "running", None)
    assert deadline["due_at"] == answer["due_at"] == instant(opened.time + timedelta(hours=1))
    assert [(e["source"], e["version"], e["type"]) for e in answer["timeline"]] == [
        ("intake", 1, "TicketOpened.v1"),
        ("sla-engine", 1, "DeadlineStarted.v1"),
        ("escalation", 1, "TicketRouted.v1"),
    ]


async def test_a_customer_sees_neither_internal_words_nor_supports_own_affairs(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    due = ada.opened().time + timedelta(hours=1)
    ada.told(CommentAdded(comment_id="c1", visibility="internal", by=AGENT, body="They always do this."))
    for kind in ("line_limit", "triage"):
        ada.deadline(kind, kind, due, internal=True)
        ada.told(
            DeadlineBreached(
                deadline_id=kind, kind=kind, commitment="aim", due_at=due, detected_at=due, internal=True
            )
        )
    ada.told(TicketRouted(line=1, team="line-1"))
    await take_in(*ada.events)
    text = (await client.get(f"/v1/tickets/{ada.ticket}", headers=_as("acme"))).text
    for hidden in ("always do this", "line_limit", "triage", "line-1"):
        assert hidden not in text
    listed = (await client.get("/v1/tickets", headers=_as("acme"))).json()["items"]
    assert [(item["breached"], item["due_at"], item["line"]) for item in listed] == [(False, None, 1)]
    support = (await client.get("/v1/tickets?breached=true", headers=_as("agent"))).json()["items"]
    assert [item["breached"] for item in support] == [True]


async def test_a_customer_sees_a_triage_that_its_contract_tells_it_of(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    due = ada.opened().time + timedelta(hours=1)
    ada.deadline("d1", "triage", due)
    await take_in(*ada.events)
    shown = (await client.get(f"/v1/tickets/{ada.ticket}", headers=_as("acme"))).json()
    assert [deadline["kind"] for deadline in shown["deadlines"]] == ["triage"]
    assert shown["due_at"] == instant(due)


async def test_another_customers_ticket_is_unknown_on_every_route(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story(tenant="acme")
    await take_in(ada.opened(subject="secret"))
    answer = await client.get(f"/v1/tickets/{ada.ticket}?min_version=1", headers=_as("region"))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    for query in ("", "?customer=acme", "?q=secret", "?sort=due"):
        assert (await client.get(f"/v1/tickets{query}", headers=_as("region"))).json()["items"] == []


async def test_min_version_waits_for_the_commit(
    client: httpx2.AsyncClient, arrivals: Arrivals, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    await take_in(ada.opened())
    url = f"/v1/tickets/{ada.ticket}?min_version=2,escalation:1"
    asked = asyncio.create_task(client.get(url, headers=_as("acme")))
    await eventually(lambda: ada.ticket in arrivals._waiting)
    await take_in(ada.told(TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT)))
    await take_in(ada.told(TicketRouted(line=2, team="line-2")))
    answer = await asked
    assert STALE not in answer.headers
    assert (answer.json()["priority"], answer.json()["status"]) == ("P1", "open")
    assert answer.json()["versions"] == {"intake": 2, "sla-engine": 0, "escalation": 1, "notifier": 0}


async def test_a_version_that_does_not_come_gives_what_is_there_and_says_so(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada = story()
    await take_in(ada.opened())
    answer = await client.get(f"/v1/tickets/{ada.ticket}?min_version=intake:2", headers=_as("acme"))
    assert (answer.status_code, answer.headers[STALE]) == (200, "true")
    assert answer.json()["versions"]["intake"] == 1


@pytest.mark.parametrize("question", ["", "?as_of=2999-01-01T00:00:00Z", "/record"])
async def test_an_unknown_young_ticket_is_awaited_and_an_old_one_is_not(
    client: httpx2.AsyncClient, arrivals: Arrivals, story: Stories, take_in: TakeIn, question: str
) -> None:
    ada = story()
    asked = asyncio.create_task(client.get(f"/v1/tickets/{ada.ticket}{question}", headers=_as("acme")))
    await eventually(lambda: ada.ticket in arrivals._waiting)
    await take_in(ada.opened())
    assert (await asked).status_code == 200
    async with asyncio.timeout(0.4):
        assert (await client.get(f"/v1/tickets/{OLD}{question}", headers=_as("acme"))).status_code == 404


@pytest.mark.parametrize(
    "sort",
    [
        sign + key
        for key in ("registered_at", "updated_at", "due", "priority", "number")
        for sign in ("", "-")
    ],
)
async def test_pages_follow_each_other_without_gap_or_repetition(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn, sort: str
) -> None:
    stories = [story() for _ in range(7)]
    for number, ada in enumerate(stories):
        opened = ada.opened()
        if number % 2:
            # Three tickets share a due instant, and the others have none.
            ada.deadline("d1", "response", opened.time + timedelta(hours=1))
        await take_in(*ada.events)
    seen, url = [], f"/v1/tickets?sort={sort}&limit=2"
    while url:
        page = await client.get(url, headers=_as("acme"))
        items = page.json()["items"]
        assert all(TicketSummary.model_validate(item) for item in items)
        seen += [item["id"] for item in items]
        assert (page.json()["next_cursor"] is None) == ("Link" not in page.headers)
        url = "/v1/tickets" + page.headers["Link"].split(">")[0][1:] if "Link" in page.headers else ""
    assert sorted(seen) == sorted(str(ada.ticket) for ada in stories)
    if sort == "due":
        assert set(seen[:3]) == {str(ada.ticket) for ada in stories[1::2]}
    if sort == "-due":
        assert set(seen[-3:]) == {str(ada.ticket) for ada in stories[1::2]}


async def test_filters_narrow_the_list(client: httpx2.AsyncClient, story: Stories, take_in: TakeIn) -> None:
    ada, bo = story(tenant="acme"), story(tenant="region")
    ada.opened(subject="E-post når inte fram: åäö@acme.example", number="2026-000123")
    ada.told(TicketPrioritised(priority="P2", previous=None, basis="correction", by=AGENT))
    ada.told(TicketRouted(line=2, team="line-2"))
    bo.opened(subject="Printer", number="2026-000124")
    await take_in(*ada.events)
    await take_in(*bo.events)
    for query in (
        "status=open",
        "customer=acme",
        "line=2",
        "priority=P2&priority=P1",
        "breached=false&line=2",
        "q=2026-000123",
        "q=når fram",
        "q=post",
        "q=ÅÄÖ",
        "q=acme&status=&customer=",
    ):
        found = (await client.get(f"/v1/tickets?{query}", headers=_as("agent"))).json()["items"]
        assert [item["number"] for item in found] == ["2026-000123"], query
    assert (await client.get("/v1/tickets?q=absent", headers=_as("agent"))).json()["items"] == []


def _forged(moment: str) -> str:
    question = ListQuery().question()
    return encode_cursor("-registered_at", question, moment, "01900000-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("sort=subject", 422),
        ("limit=0", 422),
        ("cursor=nonsense", 422),
        (f"cursor={_forged('0001-01-01T00:00:00+14:00')}", 200),
        (f"cursor={_forged('infinity')}", 200),
        (f"cursor={_forged('2026-13-01T00:00:00')}", 422),
        (f"cursor={_forged('soon')}", 422),
        ("q=%26%7C%21", 200),
        ("q=²", 200),
        ("q=%20", 200),
        ("line=99999999999", 422),
        ("customer=%F0%9F%98%80&q=%F0%9F%98%80", 200),
        ("q=a%00b", 422),
        ("q=x'%3A*%26", 200),
    ],
)
async def test_odd_queries_are_answered_with_a_problem_or_a_page(
    client: httpx2.AsyncClient, query: str, status: int
) -> None:
    assert (await client.get(f"/v1/tickets?{query}", headers=_as("agent"))).status_code == status


async def test_nobody_reads_without_a_credential(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"/v1/tickets/{new_id()}")).status_code == 401
