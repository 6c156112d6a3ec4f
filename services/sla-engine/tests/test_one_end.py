"""R14 for any story: whatever happens, in whatever order it is heard, each deadline ends exactly once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine_rig import AGENT, CLIENT, agreements, opened

from shared.events.escalation import TicketEscalated, TicketRouted
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)
from shared.events.ticket import (
    CommentAdded,
    TicketClosed,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)
from sla_engine.domain.deadlines import react, start
from sla_engine.domain.falling_due import due
from sla_engine.domain.instants import to_micros
from sla_engine.domain.policy import Priority
from sla_engine.domain.state import Happening, evolve, observe
from sla_engine.domain.state import opened as state_of
from sla_engine.recording import event_id

GOVERNED = agreements()
REGISTERED = datetime(2026, 6, 17, 13, 0, tzinfo=UTC)
ENDS = (DeadlineMet, DeadlineBreached, DeadlineCancelled, DeadlineSuperseded)
PRIORITIES = st.sampled_from(["P1", "P2", "P3", "P4"])

happenings: st.SearchStrategy[Happening] = st.one_of(
    st.sampled_from(
        [
            WorkStarted(by=AGENT),
            TicketResolved(by=AGENT),
            TicketClosed(by=AGENT, resolved=False),
            TicketRouted(line=1, team="one"),
            TicketEscalated(from_line=1, to_line=2, team="two", cause="line_limit_breached", cause_id="c"),
            CommentAdded(comment_id="c", visibility="public", by=AGENT),
            CommentAdded(comment_id="c", visibility="public", by=CLIENT),
            CommentAdded(
                comment_id="c",
                visibility="public",
                by=AGENT,
                next_update_at=REGISTERED + timedelta(hours=3),
            ),
        ]
    ),
    st.builds(
        lambda priority, basis: TicketPrioritised(priority=priority, previous=None, basis=basis, by=AGENT),
        PRIORITIES,
        st.sampled_from(["correction", "worsened"]),
    ),
)
# What is heard: minutes after registration when it happened, how late it is heard, whether timers ran.
heard = st.tuples(happenings, st.integers(0, 3000), st.integers(0, 600), st.booleans())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["hubs", "timecare", "demo"]), st.none() | PRIORITIES, st.lists(heard, max_size=12))
def test_each_deadline_is_told_each_thing_once_and_ends_once(
    policy: str, priority: Priority | None, story: list[tuple[Happening, int, int, bool]]
) -> None:
    told = _tell(policy, priority, sorted(story, key=lambda each: each[1] + each[2]))
    assert len({event_id(event) for event in told}) == len(told)
    by_deadline = groupby(sorted(told, key=_deadline), key=_deadline)
    for _, found in by_deadline:
        life = [type(event) for event in found if not isinstance(event, DeadlineWarned)]
        assert life[0] is DeadlineStarted
        assert life[1:] in (
            [DeadlineMet],
            [DeadlineCancelled],
            [DeadlineSuperseded],
            [DeadlineBreached],
            [DeadlineBreached, DeadlineMet],
            [DeadlineBreached, BreachRetracted, DeadlineMet],
            [DeadlineBreached, BreachRetracted, DeadlineCancelled],
            [DeadlineBreached, BreachRetracted, DeadlineSuperseded],
        )


def _tell(
    policy: str, priority: Priority | None, story: list[tuple[Happening, int, int, bool]]
) -> list[SlaEvent]:
    terms = GOVERNED.of_policy(policy)
    event = opened(REGISTERED, policy, priority=priority)
    state = state_of(terms.policy, terms.calendar, "t", event)
    told: list[SlaEvent] = []

    def add(events: list[SlaEvent]) -> None:
        nonlocal state
        told.extend(events)
        for each in events:
            state = evolve(state, each)

    add(start(terms, state, event, REGISTERED))
    now = REGISTERED
    for happening, minutes, late, timers_ran in story:
        at = REGISTERED + timedelta(minutes=minutes)
        now = max(now, at + timedelta(minutes=late))
        if timers_ran:
            add(due(state, to_micros(now)))
        events = react(terms, state, happening, at, now)
        state = observe(state, happening, at)
        add(events)
    closed = TicketClosed(by=AGENT, resolved=False)
    add(react(terms, state, closed, now, now))
    return told


_deadline = cast(Callable[[Any], str], lambda event: event.deadline_id)
