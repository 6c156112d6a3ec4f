"""R14 for any story: whatever happens, in whatever order it is heard, each deadline ends exactly once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine_rig import AGENT, CLIENT, agreements, contract, opened

from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned, TicketRouted
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)
from shared.events.ticket import (
    CommentAdded,
    ContractChanged,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    TicketClosed,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    WorkStarted,
)
from sla_engine.domain.deadlines import react, start
from sla_engine.domain.facts import Happening, observe
from sla_engine.domain.facts import opened as state_of
from sla_engine.domain.falling_due import due
from sla_engine.domain.instants import to_micros
from sla_engine.domain.policy import Priority
from sla_engine.domain.state import State, comes_again, evolve
from sla_engine.recording import id_in_turn

GOVERNED = agreements()
REGISTERED = datetime(2026, 6, 17, 13, 0, tzinfo=UTC)
LONG_AFTER = REGISTERED + timedelta(days=60)
POLICIES = st.sampled_from(["hubs", "timecare", "demo", "helsinki"])
PRIORITIES = st.sampled_from(["P1", "P2", "P3", "P4"])

by_escalation: st.SearchStrategy[Happening] = st.sampled_from(
    [
        TicketRouted(line=1, team="one"),
        TicketRouted(line=2, team="two"),
        TicketEscalated(from_line=1, to_line=2, team="two", cause="line_limit_breached", cause_id="c"),
        TicketAssigned(line=1, team="one", by=AGENT),
        TicketAssigned(line=2, team="two", by=AGENT),
        TicketReturned(from_line=2, to_line=1, team="one", by=AGENT),
    ]
)
by_intake: st.SearchStrategy[Happening] = st.one_of(
    st.sampled_from(  # often, since what matters is that they follow each other
        [CustomerQuestioned(comment_id="q", by=AGENT), CustomerAnswered(comment_id="a", by=CLIENT)]
    ),
    st.sampled_from(
        [
            WorkStarted(by=AGENT),
            TicketResolved(by=AGENT),
            TicketClosed(by=AGENT, resolved=False),
            TicketReopened(previous="resolved", by=CLIENT),
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
        lambda hours: ResolutionDateAgreed(due_at=REGISTERED + timedelta(hours=hours), by=AGENT),
        st.integers(1, 100),
    ),
    st.builds(
        lambda policy: ContractChanged(contract=contract(policy), previous="c", by=AGENT),
        POLICIES,
    ),
    st.builds(
        lambda priority, basis: TicketPrioritised(priority=priority, previous=None, basis=basis, by=AGENT),
        PRIORITIES,
        st.sampled_from(["correction", "worsened"]),
    ),
)


class Heard(NamedTuple):
    """What happened, minutes after registration; how much later it is heard; whether timers ran before."""

    event: Happening
    minutes: int
    late: int = 0
    timers_ran: bool = False


def heard(events: st.SearchStrategy[Happening]) -> st.SearchStrategy[Heard]:
    return st.builds(Heard, events, st.integers(0, 3000), st.integers(0, 600), st.booleans())


_AFTER: dict[tuple[str, type[SlaEvent]], str] = {
    ("", DeadlineStarted): "running",
    ("running", DeadlinePaused): "paused",
    ("paused", DeadlineResumed): "running",
    ("running", DeadlineMoved): "running",
    ("paused", DeadlineMoved): "paused",
    ("running", DeadlineBreached): "breached",
    ("breached", BreachRetracted): "running",
    ("breached", DeadlineMet): "ended",
    **{
        (state, end): "ended"
        for state in ("running", "paused")
        for end in (DeadlineMet, DeadlineCancelled, DeadlineSuperseded)
    },
}
"""Every way that a deadline may go; what is not here may not be."""


@settings(max_examples=400, deadline=None)
@given(POLICIES, st.none() | PRIORITIES, st.lists(heard(by_intake | by_escalation), max_size=14))
def test_each_deadline_is_told_each_thing_once_and_ends_once(
    policy: str, priority: Priority | None, story: list[Heard]
) -> None:
    told, state = _live(policy, priority, sorted(story, key=lambda each: each.minutes + each.late))
    assert len(_ids(told)) == len(told)
    lives: dict[str, str] = defaultdict(str)
    for event in told:
        if not isinstance(event, DeadlineWarned):
            lives[event.deadline_id] = _AFTER[lives[event.deadline_id], type(event)]
    assert set(lives.values()) <= {"ended", "breached"}
    assert {deadline.status for deadline in state.deadlines.values()}.isdisjoint({"running", "paused"})


@settings(max_examples=400, deadline=None)
@given(POLICIES, st.none() | PRIORITIES, st.lists(heard(by_intake), max_size=14))
def test_however_late_a_story_is_heard_it_comes_out_the_same(
    policy: str, priority: Priority | None, story: list[Heard]
) -> None:
    in_order = sorted(story, key=lambda each: each.minutes)
    at_once = [Heard(each.event, each.minutes) for each in in_order]
    assert _outcome(policy, priority, in_order) == _outcome(policy, priority, at_once)


@settings(max_examples=400, deadline=None)
@given(
    POLICIES,
    st.none() | PRIORITIES,
    st.lists(heard(by_intake), max_size=10),
    st.lists(heard(by_escalation), max_size=5),
    st.randoms(use_true_random=False),
)
def test_the_sources_may_come_in_any_interleaving(
    policy: str,
    priority: Priority | None,
    intake: list[Heard],
    escalation: list[Heard],
    random: Random,
) -> None:
    """A line limit itself ends by what was heard first, once; everything else is untouched by the order."""
    sources = [sorted(told, key=lambda each: each.minutes) for told in (intake, escalation)]
    in_time = sorted([*sources[0], *sources[1]], key=lambda each: each.minutes)
    one = _outcome(policy, priority, in_time)
    other = _outcome(policy, priority, _shuffled(sources, random))
    for outcome in (one, other):
        outcome.pop("line_limit", None)
    assert one == other


def _shuffled(sources: Sequence[Sequence[Heard]], random: Random) -> list[Heard]:
    """Each source in its own order, the two mixed."""
    order = [number for number, told in enumerate(sources) for _ in told]
    random.shuffle(order)
    queues = [iter(told) for told in sources]
    return [next(queues[number]) for number in order]


def _outcome(policy: str, priority: Priority | None, story: Sequence[Heard]) -> dict[str, object]:
    """Where the deadlines stand long after; warnings depend on what was known when."""
    _, state = _live(policy, priority, story, close=False)
    return {
        kind: (found.generation, found.status, found.start, found.due, found.soft)
        for kind, found in state.deadlines.items()
    }


def _live(
    policy: str, priority: Priority | None, story: Sequence[Heard], *, close: bool = True
) -> tuple[list[SlaEvent], State]:
    terms = GOVERNED.of_policy(policy)
    event = opened(REGISTERED, policy, priority=priority)
    state = state_of(terms, "t", event)
    told: list[SlaEvent] = []

    def add(events: list[SlaEvent]) -> None:
        nonlocal state
        told.extend(events)
        for each in events:
            state = evolve(state, each)

    def hear(happening: Happening, at: datetime, now: datetime) -> None:
        nonlocal state
        changed = isinstance(happening, ContractChanged)
        governing = GOVERNED.of_policy(happening.contract.policy if changed else state.policy)  # type: ignore[union-attr]
        events = react(governing, state, happening, at, now)
        state = observe(governing, state, happening, at)
        add(events)

    add(start(terms, state, event, REGISTERED))
    now = REGISTERED
    for happening, minutes, late, timers_ran in story:
        at = REGISTERED + timedelta(minutes=minutes)
        now = max(now, at + timedelta(minutes=late))
        if timers_ran:
            add(due(state, to_micros(now)))
        hear(happening, at, now)
    if close:
        hear(TicketClosed(by=AGENT, resolved=False), now, now)
    else:
        add(due(state, to_micros(LONG_AFTER)))
    return told, state


def _ids(told: Sequence[SlaEvent]) -> set[UUID]:
    turns: dict[str, int] = defaultdict(int)
    found = set()
    for event in told:
        found.add(id_in_turn(event, turns[event.deadline_id]))
        turns[event.deadline_id] += comes_again(event)
    return found
