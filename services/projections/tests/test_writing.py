"""The rows come out the same in whatever order, batches and repetition the events arrive."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.domain.fold import fold
from projections.writing import write
from shared.events.envelope import Event, Recorded
from shared.events.escalation import TicketEscalated, TicketRouted
from shared.events.ids import new_id
from shared.events.notification import NotificationSent
from shared.events.people import Actor
from shared.events.sla import BreachRetracted, DeadlineBreached, DeadlineKind, DeadlineMet, DeadlineWarned
from shared.events.ticket import CommentAdded, TicketClosed, TicketPrioritised, TicketResolved, WorkStarted
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
AGENT = Actor(id="agent-1", party="support", role="agent")
CUSTOMER = Actor(id="client-1", party="customer", role="client")
INTAKE: list[Event] = [
    TicketPrioritised(priority="P1", previous=None, basis="correction", by=AGENT),
    TicketPrioritised(priority="P4", previous="P1", basis="worsened", by=AGENT),
    CommentAdded(comment_id="c", visibility="public", by=CUSTOMER, body="Still so."),
    CommentAdded(comment_id="c", visibility="internal", by=AGENT, body="Odd."),
    WorkStarted(by=AGENT),
    TicketResolved(by=AGENT, solution="Restarted."),
    TicketClosed(by=CUSTOMER, resolved=True),
]
OTHERS: list[Event] = [
    TicketRouted(line=1, team="line-1"),
    TicketEscalated(from_line=1, to_line=2, team="line-2", cause="priority", cause_id="P1"),
    NotificationSent(
        notification_id="n", about="x", template="t", channel="email", recipient="reporter", attempts=1
    ),
]


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
            )
        ]
    return [[{n: v for n, v in row.items() if v != ticket} for row in table] for table in tables]


def _endings(story: Any, name: str, kind: DeadlineKind, *, internal: bool = False) -> list[Event]:
    due = story.events[0].time + timedelta(hours=1)
    of: dict[str, Any] = {"deadline_id": name, "kind": kind, "due_at": due, "internal": internal}
    return [
        DeadlineWarned(reason="fraction", warn_at=due, **of),
        DeadlineMet(met_at=due, late=True, **of),
        DeadlineBreached(commitment="promise", detected_at=due, **of),
        BreachRetracted(met_at=due, **of),
    ]


@st.composite
def _arrivals(draw: st.DrawFn) -> tuple[list[int], list[int], list[tuple[int, int, int]]]:
    """Which events are told, in which order the sources arrive, and what each batch holds and repeats."""
    told = draw(st.lists(st.integers(0, len(INTAKE) + len(OTHERS) + 5), min_size=3, max_size=14))
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
    events = [
        *INTAKE,
        *OTHERS,
        *_endings(story, "d1", "response"),
        *_endings(story, "d2", "triage", internal=True)[2:],
    ]
    for index in told:
        story.told(events[index])


def _interleaved(events: list[Recorded], sources: list[int]) -> list[Recorded]:
    names = ["/intake", "/sla-engine", "/escalation", "/notifier"]
    queues = {name: [event for event in events if event.source == name] for name in names}
    return [queues[names[i]].pop(0) for i in sources if queues[names[i]]]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
    [[ticket], _, _] = await _rows(database, ada.ticket)
    assert (ticket["due_at"], ticket["public_due_at"]) == (due - timedelta(minutes=5), due)
    breach = DeadlineBreached(
        deadline_id="d2", kind="triage", commitment="aim", due_at=due, detected_at=due, internal=True
    )
    await _write(database, [ada.told(breach)])
    [[ticket], _, _] = await _rows(database, ada.ticket)
    assert (ticket["due_at"], ticket["breached"], ticket["public_breached"]) == (due, True, False)
