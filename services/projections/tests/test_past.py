"""A ticket as it stood: the same fold, over no more than had happened or was known by then."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.projections_facts import AGENT, CUSTOMER, INTAKE, MAIL, OTHERS, endings

from projections.domain.fold import fold
from projections.past import read_past
from projections.reading import read_ticket
from projections.views import Record, Ticket
from projections.writing import write
from shared.events.codec import instant
from shared.events.escalation import TicketAssigned, TicketRouted
from shared.events.ids import new_id
from shared.events.notification import NotificationSent
from shared.events.sla import DeadlineSuperseded
from shared.events.ticket import (
    CommentAdded,
    ResolutionDateAgreed,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
TakeIn = Callable[..., Any]


def _as(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(st.integers(0, len(INTAKE) + len(OTHERS) + 29), max_size=25), cut=st.integers(2, 27))
async def test_what_stood_then_is_what_the_tables_held_then(
    database: Database, story: Stories, told: list[int], cut: int
) -> None:
    ada = story(ticket=new_id())
    ada.opened()
    start = ada.events[0].time
    ada.deadline("d1", "response", start + timedelta(hours=1))
    ada.deadline("d2", "triage", start + timedelta(minutes=5), internal=True)
    ada.deadline("d3", "review", start + timedelta(hours=1), internal=True)
    events = [*INTAKE, *OTHERS, *endings(start, "d1", "response")]
    events += endings(start, "d2", "triage", internal=True)
    events += endings(start, "d3", "review", internal=True)
    for index in told:
        ada.told(events[index])
    by_then, later = ada.events[:cut], ada.events[cut:]
    async with database.transaction() as tx:
        await write(tx.connection, fold(by_then))
    stood = {}
    for tenant in ("*", "acme"):
        async with database.reading(tenant) as connection:
            stood[tenant] = (await read_ticket(connection, tenant, ada.ticket)).ticket
    async with database.transaction() as tx:
        await write(tx.connection, fold(later))
    for tenant, expected in stood.items():
        async with database.reading(tenant) as connection:
            past = await read_past(connection, tenant, ada.ticket, by_then[-1].time, None)
            known = await read_past(connection, tenant, ada.ticket, None, by_then[-1].recorded_at)
        for found in (past.ticket, known.ticket):
            assert found is not None and expected is not None
            # Versions come from what the consumer has noted, and here no consumer ran.
            assert _plain({**found, "versions": {}}) == _plain({**expected, "versions": {}})


def _plain(ticket: dict[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(ticket))


@pytest.fixture
async def ada(story: Stories, take_in: TakeIn) -> Any:
    """Opened, prioritised, noted upon, assigned, worked on, solved; mails went out."""
    ada = story()
    opened = ada.opened()
    ada.told(TicketRouted(line=1, team="line-1"))
    ada.told(
        TicketPrioritised(priority="P2", previous=None, basis="correction", by=AGENT, reason="Many hit.")
    )
    ada.told(CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="They always do this."))
    ada.told(CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body="Any news?"))
    ada.told(TicketAssigned(line=2, team="line-2", by=AGENT, assignee="agent-1"))
    ada.deadline("d1", "response", opened.time + timedelta(hours=1))
    ada.deadline("d2", "line_limit", opened.time + timedelta(hours=1), internal=True)
    ada.told(WorkStarted(by=AGENT))
    ada.told(NotificationSent(recipient="reporter", attempts=1, address="ada@acme.example", **MAIL))
    ada.told(NotificationSent(recipient="assignee", attempts=1, address="bo@support.example", **MAIL))
    ada.told(TicketResolved(by=AGENT, solution="Restarted.", cause="Disk full."))
    await take_in(*ada.events)
    return ada


async def test_as_of_shows_the_ticket_before_what_came_later(client: httpx2.AsyncClient, ada: Any) -> None:
    url = f"/v1/tickets/{ada.ticket}"
    answer = (await client.get(f"{url}?as_of={instant(ada.events[2].time)}", headers=_as("agent"))).json()
    assert Ticket.model_validate(answer)
    assert (answer["priority"], answer["status"], answer["version"]) == ("P2", "open", 2)
    assert answer["routing"] == {"line": 1, "team": "line-1", "assignee": None}
    before = await client.get(
        f"{url}?as_of={instant(ada.events[0].time - timedelta(seconds=1))}", headers=_as("agent")
    )
    assert before.status_code == 404
    assert (await client.get(f"{url}?as_of=now", headers=_as("agent"))).status_code == 422


async def test_known_at_leaves_out_what_was_stored_later(client: httpx2.AsyncClient, ada: Any) -> None:
    known_at = instant(ada.events[2].recorded_at - timedelta(microseconds=1))
    url = f"/v1/tickets/{ada.ticket}?known_at={known_at}&as_of={instant(ada.events[-1].time)}"
    answer = (await client.get(url, headers=_as("agent"))).json()
    assert (answer["priority"], answer["status"]) == (None, "new")


@pytest.mark.parametrize("query", ["?as_of=2030-01-01T00:00:00Z", "/record", ""])
async def test_a_customer_sees_nothing_internal_in_the_past_or_the_record(
    client: httpx2.AsyncClient, ada: Any, query: str
) -> None:
    answer = await client.get(f"/v1/tickets/{ada.ticket}{query}", headers=_as("acme"))
    assert answer.status_code == 200
    hidden = ("always do this", "line-1", "line-2", "agent-1", "line_limit", "bo@support", "TicketAssigned")
    for text in hidden:
        assert text not in answer.text, text
    assert (await client.get(f"/v1/tickets/{ada.ticket}{query}", headers=_as("region"))).status_code == 404


async def test_the_record_documents_fault_words_measures_solution_clocks_and_routing(
    client: httpx2.AsyncClient, ada: Any
) -> None:
    answer = (await client.get(f"/v1/tickets/{ada.ticket}/record", headers=_as("agent"))).json()
    assert Record.model_validate(answer)
    assert answer["fault"]["description"] == "Since this morning."
    assert [(w["by"]["id"], w["body"]) for w in answer["conversation"]] == [
        ("agent-1", "They always do this."),
        ("client-1", "Any news?"),
    ]
    assert [m["what"] for m in answer["measures"]] == ["TicketPrioritised", "WorkStarted", "TicketResolved"]
    [solution] = answer["solutions"]
    assert (solution["solution"], solution["cause"], solution["workaround"]) == (
        "Restarted.",
        "Disk full.",
        False,
    )
    assert solution["at"] == instant(ada.events[-1].time)
    assert [d["kind"] for d in answer["deadlines"]] == ["line_limit", "response"]
    assert [m["what"] for m in answer["routing"]["history"]] == ["TicketRouted", "TicketAssigned"]
    assert [m["data"]["recipient"] for m in answer["told"]] == ["reporter", "assignee"]


@pytest.mark.parametrize("later", [False, True])
async def test_an_agreed_date_that_was_superseded_is_not_shown_as_in_force(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn, later: bool
) -> None:
    ada = story()
    due = ada.opened().time + timedelta(days=2)
    ada.told(ResolutionDateAgreed(due_at=due, by=AGENT, agreed_by="Ada"))
    agreed = ada.deadline("agreed", "resolution", due)
    ada.events[-1] = replace(agreed, data=replace(agreed.data, agreed=True))
    ada.told(TicketPrioritised(priority="P1", previous="P3", basis="worsened", by=AGENT))
    of: Any = {"deadline_id": "agreed", "kind": "resolution"}
    ada.told(DeadlineSuperseded(superseded_by="d2", **of))
    ada.deadline("d2", "resolution", due - timedelta(days=1))
    shown = [instant(due)] * 4 + [None] * 2
    if later:  # the same date is agreed upon once more
        ada.told(ResolutionDateAgreed(due_at=due, by=AGENT, agreed_by="Ada"))
        again = ada.deadline("again", "resolution", due)
        ada.events[-1] = replace(again, data=replace(again.data, agreed=True))
        shown += [None, instant(due)]
    for event, expected in zip(ada.events, [None, *shown[1:]], strict=True):
        await take_in(event)
        for who in ("agent", "acme"):
            url = f"/v1/tickets/{ada.ticket}"
            answer = (await client.get(url, headers=_as(who))).json()
            listed = (await client.get("/v1/tickets", headers=_as(who))).json()["items"][0]
            record = (await client.get(f"{url}/record", headers=_as(who))).json()["ticket"]
            past = (await client.get(f"{url}?as_of={instant(event.time)}", headers=_as(who))).json()
            assert [each["agreed_due_at"] for each in (answer, listed, record, past)] == [expected] * 4


async def test_a_customer_is_told_why_a_priority_was_set_and_what_the_cause_was(
    client: httpx2.AsyncClient, ada: Any
) -> None:
    url = f"/v1/tickets/{ada.ticket}"
    timeline = (await client.get(url, headers=_as("acme"))).json()["timeline"]
    told = {entry["type"]: entry["data"] for entry in timeline}
    assert told["TicketPrioritised.v1"]["reason"] == "Many hit."
    record = (await client.get(f"{url}/record", headers=_as("acme"))).json()
    assert record["solutions"][0]["cause"] == told["TicketResolved.v1"]["cause"] == "Disk full."
    assert record["measures"][0]["data"]["reason"] == "Many hit."
