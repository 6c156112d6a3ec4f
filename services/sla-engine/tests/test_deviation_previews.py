"""Before a deviation is announced, its manager sees which promises it would move, and by how much (R4)."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from tests.desk import Desk, opened_desk
from tests.engine_rig import AGENT, instant, stockholm

from shared.events.sla import DeadlineMoved
from shared.events.ticket import CustomerQuestioned, ResolutionDateAgreed, TicketResolved
from sla_engine import deviation_previews
from sla_engine.adapters import open_states
from sla_engine.announcements import stream_of

pytestmark = pytest.mark.integration

NOW = stockholm("2026-11-16 15:00")
CLOSED = {"date": "2026-11-17", "intervals": [], "reason": "Utbildningsdag"}


@pytest.fixture
async def monday(fresh_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    """It is Monday afternoon."""
    async with opened_desk(fresh_database("sla_engine"), NOW) as found:
        yield found


async def a_day_at_the_desk(monday: Desk) -> list[UUID]:
    """Tickets in every state that a deviation may find them in."""
    at = stockholm("2026-11-16 14:10")
    opened = [await monday.open(at, "hubs", priority) for priority in ("P1", "P2", "P3", "P4", None)]
    asked, agreed, solved = [await monday.open(at, "hubs", "P2") for _ in range(3)]
    said = stockholm("2026-11-16 14:20")
    await monday.hear(asked, (CustomerQuestioned(comment_id="q", by=AGENT), said))
    date = ResolutionDateAgreed(due_at=stockholm("2026-11-19 12:00"), by=AGENT)
    await monday.hear(agreed, (date, said))
    await monday.hear(solved, (TicketResolved(by=AGENT), said))
    late = await monday.open(stockholm("2026-11-16 17:30"), "hubs", "P2")
    await monday.open(at, "timecare", None)
    return [*opened, asked, agreed, solved, late]


async def moves_told(monday: Desk, tickets: list[UUID]) -> dict[tuple[str, str], tuple[str, str]]:
    told = [event for ticket in tickets for event in await monday.store.read(ticket, "*")]
    return {
        (str(event.subject), event.data.kind): (
            _written(event.data.previous_due_at),
            _written(event.data.due_at),
        )
        for event in told
        if isinstance(event.data, DeadlineMoved)
    }


def _written(at: Any) -> str:
    text: str = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return text


@pytest.mark.parametrize(
    "intervals", [[], [{"from": "13:00", "to": "15:00"}], [{"from": "07:00", "to": "22:00"}]]
)
async def test_it_foresees_exactly_what_announcing_then_moves(
    monday: Desk, intervals: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_states, "PAGE", 3)
    tickets = await a_day_at_the_desk(monday)
    deviation = {**CLOSED, "intervals": intervals}
    foreseen = (await monday.foresee("hubs", deviation)).json()
    announced = await monday.announce("hubs", deviation)
    await monday.sweep()
    told = await moves_told(monday, tickets)
    assert told
    assert {
        (move["ticket"], move["kind"]): (move["due_at"], move["would_be_due_at"])
        for move in foreseen["items"]
    } == told
    assert foreseen["calendar_version"] == announced.json()["calendar_version"]
    assert (foreseen["tickets"], foreseen["moved"]) == (8, len(told))
    assert (await monday.foresee("hubs", deviation)).json()["items"] == []


async def test_promises_and_aims_are_counted_apart_with_the_least_and_the_most(monday: Desk) -> None:
    for at in ("14:10", "16:30"):
        await monday.open(stockholm(f"2026-11-16 {at}"), "hubs", "P2")
    found = (await monday.foresee("hubs", CLOSED)).json()
    groups = {group["kind"]: group for group in found["groups"]}
    assert groups["response"] == {
        "kind": "response",
        "commitment": "promise",
        "moved": 2,
        "least_seconds": 86400.0,
        "most_seconds": 86400.0,
    }
    assert groups["resolution"]["commitment"] == "aim"
    (first, *_) = found["items"]
    assert first["due_at"] == min(move["due_at"] for move in found["items"])
    assert (first["customer"], first["moves_by_seconds"]) == ("acme", 86400.0)
    assert first["due_at"] == instant("2026-11-17 09:10")


async def test_hours_that_are_added_bring_deadlines_forward(monday: Desk) -> None:
    await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    early = {**CLOSED, "intervals": [{"from": "07:00", "to": "12:00"}]}
    (move,) = (await monday.foresee("timecare", early)).json()["items"]
    assert (move["would_be_due_at"], move["moves_by_seconds"]) == (instant("2026-11-17 07:10"), -7200.0)


async def test_more_than_can_be_listed_are_counted_and_the_first_due_listed(
    monday: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deviation_previews, "MOST", 2)
    for minute in (40, 10, 30, 20):
        await monday.open(stockholm(f"2026-11-16 14:{minute}"), "timecare", None)
    found = (await monday.foresee("timecare", CLOSED)).json()
    assert found["moved"] == 4
    assert [move["due_at"] for move in found["items"]] == [
        instant("2026-11-17 09:10"),
        instant("2026-11-17 09:20"),
    ]


async def test_nothing_changes_by_asking(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    before = await monday.store.read(ticket, "*")
    await monday.foresee("timecare", CLOSED)
    await monday.sweep()
    assert await monday.store.read(ticket, "*") == before
    assert await monday.policies.read(stream_of("timecare"), "*") == []
    assert (await monday.deadlines(ticket))["triage"]["due_at"] == instant("2026-11-17 09:10")


@pytest.mark.parametrize("day", ["2026-11-16", "2026-11-13", "2050-01-01"])
async def test_a_date_that_cannot_be_announced_cannot_be_previewed(monday: Desk, day: str) -> None:
    body = {**CLOSED, "date": day}
    asked, told = await monday.foresee("timecare", body), await monday.announce("timecare", body)
    assert (asked.status_code, asked.json()["type"]) == (422, told.json()["type"])


@pytest.mark.parametrize(("who", "status"), [("manager", 200), ("ops", 200), ("agent", 403), ("acme", 403)])
async def test_those_who_may_announce_may_preview(monday: Desk, who: str, status: int) -> None:
    assert (await monday.foresee("timecare", CLOSED, who)).status_code == status


async def test_a_ticket_that_waits_for_its_customer_is_reckoned_with(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 10:00"), "hubs", "P2")
    await monday.hear(ticket, (CustomerQuestioned(comment_id="q", by=AGENT), stockholm("2026-11-16 14:20")))
    moves = {move["kind"]: move for move in (await monday.foresee("hubs", CLOSED)).json()["items"]}
    assert moves["resolution"]["would_be_due_at"] == instant("2026-11-19 17:00")
