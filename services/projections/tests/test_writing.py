"""The rows come out the same in whatever order, batches and repetition the events arrive."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.projections_facts import AGENT, INTAKE, MAIL, OTHERS, START, endings

from projections.domain.fold import fold
from projections.writing import write
from shared.events.catalogue import CATALOGUE
from shared.events.envelope import Recorded
from shared.events.escalation import TicketAssigned, TicketRouted
from shared.events.ids import new_id
from shared.events.notification import NotificationSent
from shared.events.sla import DeadlineBreached, DeadlineStarted
from shared.events.ticket import CommentAdded, CustomerQuestioned, SupplierAwaited, TicketOpened, WorkStarted
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]


def test_every_event_of_a_ticket_is_among_those_tried() -> None:
    tried = {type(event) for event in (*INTAKE, *OTHERS, *endings(START, "d", "response"))}
    told = {entry.event for entry in CATALOGUE if not entry.source.endswith(("policies", "directory"))}
    assert told - tried == {TicketOpened, DeadlineStarted}, "these two are how each story begins"


async def _write(database: Database, events: list[Recorded]) -> None:
    async with database.transaction() as tx:
        await write(tx.connection, fold(events))


async def _rows(database: Database, ticket: UUID) -> list[list[dict[str, Any]]]:
    async with database.working() as connection:
        tables = [
            await connection.fetch(f"SELECT * FROM {table} WHERE {key} = $1 ORDER BY {order}", ticket)
            for table, key, order in (
                ("tickets", "id", "id"),
                ("deadlines", "ticket", "deadline_id"),
                ("timeline", "ticket", "source, version"),
                ("reviews", "ticket", "review"),
            )
        ]
    return [
        [{n: v for n, v in row.items() if v != ticket and n != "event_id"} for row in table]
        for table in tables
    ]


@st.composite
def _arrivals(draw: st.DrawFn) -> tuple[list[int], list[int], list[tuple[int, int, int]]]:
    """Which events are told, in which order the sources arrive, and what each batch holds and repeats."""
    told = draw(st.lists(st.integers(0, len(INTAKE) + len(OTHERS) + 29), min_size=3, max_size=20))
    order = draw(st.permutations(["/intake", "/sla-engine", "/escalation", "/notifier"] * (len(told) + 3)))
    sources = [["/intake", "/sla-engine", "/escalation", "/notifier"].index(source) for source in order]
    cuts = draw(
        st.lists(st.tuples(st.integers(1, 5), st.integers(0, 6), st.integers(0, 3)), min_size=8, max_size=8)
    )
    return told, sources, cuts


def _tell(story: Any, told: list[int]) -> None:
    story.opened()
    due = story.events[0].time + timedelta(hours=1)
    story.deadline("d1", "response", due)
    story.deadline("d2", "triage", due - timedelta(minutes=5), internal=True)
    story.deadline("d3", "review", due, internal=True)
    events = [
        *INTAKE,
        *OTHERS,
        *endings(story.events[0].time, "d1", "response"),
        *endings(story.events[0].time, "d2", "triage", internal=True),
        *endings(story.events[0].time, "d3", "review", internal=True),
    ]
    for index in told:
        story.told(events[index])


def _interleaved(events: list[Recorded], sources: list[int]) -> list[Recorded]:
    names = ["/intake", "/sla-engine", "/escalation", "/notifier"]
    queues = {name: [event for event in events if event.source == name] for name in names}
    return [queues[names[i]].pop(0) for i in sources if queues[names[i]]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals=_arrivals())
async def test_any_interleaving_batching_and_repetition_gives_the_same_rows(
    database: Database, story: Stories, arrivals: tuple[list[int], list[int], list[tuple[int, int, int]]]
) -> None:
    told, sources, cuts = arrivals
    whole, pieces = story(ticket=new_id()), story(ticket=new_id())
    _tell(whole, told)
    _tell(pieces, told)
    await _write(database, whole.events)
    arriving = _interleaved(pieces.events, sources)
    assert len(arriving) == len(pieces.events)
    done = 0
    for size, back, repeated in cuts:
        again = max(0, done - back)
        await _write(database, arriving[again : min(again + repeated, done)])
        await _write(database, arriving[again if repeated == 0 else done : done + size])
        done += size
    await _write(database, arriving[done:])
    assert await _rows(database, pieces.ticket) == await _rows(database, whole.ticket)


async def test_what_is_due_next_and_breached_follows_the_deadlines(
    database: Database, story: Stories
) -> None:
    ada = story()
    due = ada.opened().time + timedelta(hours=1)
    ada.deadline("d1", "response", due)
    ada.deadline("d2", "triage", due - timedelta(minutes=5), internal=True)
    await _write(database, ada.events)
    [[ticket], *_] = await _rows(database, ada.ticket)
    assert (ticket["due_at"], ticket["public_due_at"]) == (due - timedelta(minutes=5), due)
    breach = DeadlineBreached(
        deadline_id="d2", kind="triage", commitment="aim", due_at=due, detected_at=due, internal=True
    )
    await _write(database, [ada.told(breach)])
    [[ticket], *_] = await _rows(database, ada.ticket)
    assert (ticket["due_at"], ticket["breached"], ticket["public_breached"]) == (due, True, False)


async def _ticket(database: Database, story: Any) -> dict[str, Any]:
    await _write(database, story.events)
    [[ticket], *_] = await _rows(database, story.ticket)
    return ticket


async def test_a_second_question_leaves_the_wait_as_it_began_whatever_batch_it_comes_in(
    database: Database, story: Stories
) -> None:
    ada = story()
    question = CustomerQuestioned(comment_id="q", by=AGENT)
    await _write(database, [ada.opened()])
    first = ada.told(question)
    await _write(database, [first])
    await _write(database, [ada.told(question)])
    waiting = await _ticket(database, ada)
    assert (waiting["waiting_for"], waiting["waiting_since"]) == ("customer", first.time)
    anew = [ada.told(WorkStarted(by=AGENT)), ada.told(question)]
    await _write(database, anew)
    again = await _ticket(database, ada)
    assert again["waiting_since"] == anew[1].time


async def test_a_supplier_is_awaited_until_work_goes_on(database: Database, story: Stories) -> None:
    ada = story()
    ada.opened()
    awaited = ada.told(SupplierAwaited(reference="S-1", by=AGENT))
    ticket = await _ticket(database, ada)
    assert (ticket["status"], ticket["waiting_for"], ticket["waiting_since"]) == (
        "open",
        "supplier",
        awaited.time,
    )
    ada.told(WorkStarted(by=AGENT))
    ticket = await _ticket(database, ada)
    assert (ticket["status"], ticket["waiting_for"], ticket["supplier_reference"]) == ("open", None, "")


async def test_updated_is_the_newest_of_all_sources_and_for_customers_of_what_they_see(
    database: Database, story: Stories
) -> None:
    ada = story()
    ada.opened()
    public = ada.told(NotificationSent(recipient="reporter", attempts=1, **MAIL))
    ada.told(CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="Odd."))
    newest = ada.told(TicketAssigned(line=1, team="line-1", by=AGENT, assignee="agent-1"))
    ada.told(TicketRouted(line=1, team="line-1"), time=ada.events[0].time)
    ticket = await _ticket(database, ada)
    assert (ticket["updated_at"], ticket["public_updated_at"]) == (newest.time, public.time)


async def test_a_breach_after_a_retraction_stands(database: Database, story: Stories) -> None:
    ada = story()
    due = ada.opened().time
    ada.deadline("d1", "response", due)
    breach, retraction = (endings(due, "d1", "response")[n] for n in (2, 3))
    for event, stands in ((breach, True), (retraction, False), (breach, True)):
        ada.told(event)
        assert (await _ticket(database, ada))["breached"] is stands
