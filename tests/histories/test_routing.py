"""Escalation comes out the same in whatever order intake, the clocks and people's moves are heard.

Alerts that have gone out stay out: one may be more where it went on evidence that a later arrival took back,
and never one less. Whoever is on call is woken in every order, unless it was known by then to be needless.
"""

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from escalation.domain import decisions
from escalation.domain.causes import alert_causes, causes
from escalation.domain.decisions import Decided, react, take
from escalation.domain.hearing import observe
from escalation.domain.on_call import NOBODY, UNANSWERED, first
from escalation.domain.routing import Routing
from escalation.domain.timeline import timeline
from shared.events.envelope import Recorded
from shared.events.escalation import (
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
)
from tests.histories.arrivals import interleaved
from tests.histories.life import History, play
from tests.histories.plans import Plan, plan_of, plans
from tests.histories.scene import LINES

pytestmark = pytest.mark.timeout(900)
seeds = st.integers(0, 2**32)
ON_CALL = (NOBODY, UNANSWERED)


class Outcome(NamedTuple):
    """Where the ticket stands and why, and of what the service manager has been told."""

    stands: tuple[Any, ...]
    owed: frozenset[str]
    told: frozenset[str]
    thought: frozenset[str]


def by_hand(event: Recorded) -> bool:
    """Whether a person did it, rather than this service upon a fact."""
    match event.data:
        case TicketEscalated(cause="manual") | TicketReturned():
            return True
        case TicketAssigned(by=by):
            return by.party == "support"
        case _:
            return False


def heard(arrived: Sequence[Recorded]) -> Outcome:
    routing, told, thought = Routing(), set[str](), set[str]()
    known = list[Recorded]()
    for event in arrived:
        if event.source == "/escalation":
            # Said again of the line on which it stands by now; a person still sets the same one.
            routing, decided = take(routing, [Decided(event.time, event.id, event.data)], LINES)  # type: ignore[arg-type]
        else:
            routing, decided = react(routing, event, teams=LINES, now=event.recorded_at)
            known.append(event)
            thought |= _thought(known)
        for step in decided:
            if isinstance(step.event, ServiceManagerAlerted) and not step.event.reason.endswith(ON_CALL):
                alert = step.event.cause_id + step.event.reason + str(step.cause)
                assert alert not in told
                told.add(alert)
    assert routing.opening is not None
    fresh = msgspec.structs.replace(routing, alerted=())
    for due in first(fresh, routing.opening, LINES, routing.opening.at):
        assert due.alert_id in routing.alerted
    stands = timeline(routing, routing.opening, LINES).standing
    assert (stands.line, stands.team(LINES), stands.assignee) == (
        routing.line,
        routing.team,
        routing.assignee,
    )
    return Outcome(
        (
            routing.line, routing.team, routing.assignee, routing.hands, routing.turns, routing.contracts,
            sorted(causes(routing, routing.opening), key=str),
        ),
        frozenset(_owed(routing)),
        frozenset(told),
        frozenset(thought),
    )  # fmt: skip


def _owed(routing: Routing) -> set[str]:
    assert routing.opening is not None
    return {each.told + each.reason + str(each.event) for each in alert_causes(routing, routing.opening)}


def _thought(known: Sequence[Recorded]) -> set[str]:
    """What is owed by what is known, whichever of it came first."""
    routing = Routing()
    for event in sorted(known, key=lambda event: (event.source, event.version)):
        routing = observe(routing, event)
    return _owed(routing) if routing.opening is not None else set()


def sources(history: History) -> tuple[list[Recorded], ...]:
    """Intake, the clocks, and what people did at the desk."""
    return list(history.intake), list(history.sla), [each for each in history.escalation if by_hand(each)]


def comes_out_the_same(plan: Plan, one: int, other: int) -> None:
    intake, sla, moves = sources(play(plan))
    found = []
    for seed in (one, other):
        found.append(heard(_once_known(interleaved((intake, sla, moves), Random(seed)))))
    assert found[0].stands == found[1].stands
    assert found[0].owed == found[1].owed
    for outcome in found:
        assert outcome.owed <= outcome.told <= outcome.thought


def _once_known(order: Sequence[Recorded]) -> list[Recorded]:
    """Facts come twice even to the fold; a move is made once, and not before the ticket is known here."""
    opened = next(place for place, event in enumerate(order) if event.source == "/intake")
    facts = [event for event in order[:opened] if event.source != "/escalation"]
    moves = [event for event in order[:opened] if event.source == "/escalation"]
    arriving, made = list[Recorded](), set[UUID]()
    for event in [*facts, order[opened], *moves, *order[opened + 1 :]]:
        if event.id not in made:
            arriving.append(event)
        if event.source == "/escalation":
            made.add(event.id)
    return arriving


@given(plans(), seeds, seeds)
def test_a_ticket_stands_where_it_does_whatever_came_first_and_twice(
    plan: Plan, one: int, other: int
) -> None:
    note(repr(plan))
    comes_out_the_same(plan, one, other)


def test_a_line_that_goes_by_what_came_last_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: what was said last of the line stays, whatever the facts say by then."""
    monkeypatch.setattr(decisions, "_corrections", lambda *_: [])

    with pytest.raises(AssertionError):
        for number in range(200):
            comes_out_the_same(plan_of(Random(number)), number, number + 1)
