"""The worked examples of the support terms with events between, from the handler to what is read."""

from datetime import datetime

import pytest
from tests.desk import Desk
from tests.engine_rig import AGENT, CLIENT, instant, stockholm

from shared.events.sla import DeadlinePaused, DeadlineResumed
from shared.events.ticket import (
    CommentAdded,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
)

pytestmark = pytest.mark.integration

ASKED = CustomerQuestioned(comment_id="q", by=AGENT)
REPLY = CommentAdded(comment_id="a", visibility="public", by=CLIENT)
ANSWERED = CustomerAnswered(comment_id="a", by=CLIENT)

# priority | registered | asked | answered | deadlines of the resolution
PAUSED = """
P1 | 2026-03-27 16:30 | 2026-03-27 18:30 | 2026-03-28 23:00 | due_at 2026-03-29 06:00
P1 | 2026-10-23 16:30 | 2026-10-23 18:30 | 2026-10-24 23:00 | due_at 2026-10-25 04:00
P2 | 2026-05-11 10:00 | 2026-05-11 16:00 | 2026-05-12 19:30 | due_at 2026-05-18 09:00
P2 | 2026-05-11 10:00 | 2026-05-11 16:00 | 2026-05-12 19:30 | soft_due_at 2026-05-15 09:00
P2 | 2026-05-11 10:00 | 2026-05-11 18:00 | 2026-05-11 22:00 | due_at 2026-05-13 17:00
"""


@pytest.mark.parametrize("row", PAUSED.strip().splitlines())
async def test_waiting_moves_the_resolution_by_what_was_left(desk: Desk, row: str) -> None:
    priority, registered, asked, answered, expected = row.split(" | ")
    ticket = await desk.open(stockholm(registered), "hubs", priority)
    await desk.hear(ticket, (ASKED, stockholm(asked)))
    paused = (await desk.deadlines(ticket))["resolution"]
    assert paused["state"] == "paused"
    await desk.hear(ticket, (REPLY, stockholm(answered)), (ANSWERED, stockholm(answered)))
    resolution = (await desk.deadlines(ticket))["resolution"]
    name, at = expected.split(" ", 1)
    assert (resolution["state"], resolution[name]) == ("running", instant(at))
    body = {
        "contract": "hubs", "priority": priority, "registered_at": stockholm(registered).isoformat(),
        "pauses": [{"from": stockholm(asked).isoformat(), "to": stockholm(answered).isoformat()}],
    }  # fmt: skip
    (previewed,) = [d for d in (await desk.preview(body)).json()["deadlines"] if d["kind"] == "resolution"]
    assert {name: resolution[name] for name in previewed} == previewed


async def test_the_explanation_names_the_wait(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-11 10:00"), "hubs", "P2")
    await desk.hear(ticket, (ASKED, stockholm("2026-05-11 16:00")))
    await desk.hear(ticket, (ANSWERED, stockholm("2026-05-12 19:30")))
    resolution = (await desk.deadlines(ticket))["resolution"]
    told = [(s["from"], s["to"], s["counts"], s["reason"]) for s in resolution["explanation"]]
    assert (
        instant("2026-05-11 16:00"), instant("2026-05-12 19:30"), False, "waiting for the customer",
    ) in told  # fmt: skip
    counted = [
        (_at(s["to"]) - _at(s["from"])).total_seconds() for s in resolution["explanation"] if s["counts"]
    ]
    assert sum(counted) == 25 * 3600


async def test_the_explanation_of_an_elapsed_clock_names_the_wait_too(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-03-27 16:30"), "hubs", "P1")
    await desk.hear(ticket, (ASKED, stockholm("2026-03-27 18:30")))
    await desk.hear(ticket, (ANSWERED, stockholm("2026-03-28 23:00")))
    resolution = (await desk.deadlines(ticket))["resolution"]
    assert [(s["counts"], s["reason"]) for s in resolution["explanation"]] == [
        (True, "every hour counts"),
        (False, "waiting for the customer"),
        (True, "every hour counts"),
    ]


@pytest.mark.parametrize(
    ("basis", "response", "resolution"),
    [("correction", "09:30", "16:30"), ("worsened", "11:15", "18:15")],
)
async def test_a_raised_priority_is_reckoned_by_its_basis(
    desk: Desk, basis: str, response: str, resolution: str
) -> None:
    ticket = await desk.open(stockholm("2026-09-07 08:30"), "hubs", "P3")
    raised = TicketPrioritised(priority="P1", previous="P3", basis=basis, by=AGENT)  # type: ignore[arg-type]
    await desk.hear(ticket, (raised, stockholm("2026-09-07 10:15")))
    found = await desk.deadlines(ticket)
    assert found["response"]["due_at"] == instant(f"2026-09-07 {response}")
    assert found["resolution"]["due_at"] == instant(f"2026-09-07 {resolution}")
    assert found["response"]["state"] == ("breached" if basis == "correction" else "running")


async def test_an_agreed_date_and_what_it_replaced_are_both_read(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-11 10:00"), "hubs", "P3")
    date = ResolutionDateAgreed(due_at=stockholm("2026-05-31 12:00"), by=AGENT)
    await desk.hear(ticket, (date, stockholm("2026-05-11 12:00")))
    answer = await desk.get(f"/v1/tickets/{ticket}/deadlines")
    first, second = [d for d in answer.json()["deadlines"] if d["kind"] == "resolution"]
    assert (first["state"], second["state"], second["agreed"]) == ("superseded", "running", True)
    assert second["due_at"] == instant("2026-05-31 12:00")


async def test_a_reopened_ticket_has_its_first_resolution_and_a_second(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-11 10:00"), "hubs", "P3")
    reopened = TicketReopened(previous="resolved", by=CLIENT)
    await desk.hear(ticket, (TicketResolved(by=AGENT), stockholm("2026-05-11 12:00")))
    await desk.hear(ticket, (reopened, stockholm("2026-05-12 10:00")))
    answer = await desk.get(f"/v1/tickets/{ticket}/deadlines")
    states = [d["state"] for d in answer.json()["deadlines"] if d["kind"] == "resolution"]
    assert states == ["met", "running"]


async def test_what_a_deadline_is_told_again_is_an_event_of_its_own(desk: Desk) -> None:
    ticket = await desk.open(stockholm("2026-05-11 10:00"), "hubs", "P3")
    for hour in (11, 13):
        await desk.hear(
            ticket,
            (ASKED, stockholm(f"2026-05-11 {hour}:00")),
            (ANSWERED, stockholm(f"2026-05-11 {hour}:30")),
        )
    told = [type(event.data) for event in await desk.store.read(ticket, "*")]
    assert told.count(DeadlinePaused) == told.count(DeadlineResumed) == 4


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
