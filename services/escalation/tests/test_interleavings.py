"""Whatever the order in which the sources are heard, and whatever comes twice, the outcome is the same."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, get_args

from hypothesis import given
from hypothesis import strategies as st
from tests.escalation_facts import (
    AGENT,
    HUBS,
    THREE_LINES,
    TIMECARE,
    breached,
    categorised,
    contract_changed,
    minute,
    opened,
    prioritised,
    reopened,
    resolved,
    retracted,
)

from escalation.domain.causes import alert_causes, causes
from escalation.domain.decisions import Decided, react, take
from escalation.domain.routing import Routing
from escalation.domain.teams import Team, Teams
from escalation.domain.timeline import timeline
from shared.events.envelope import Recorded
from shared.events.escalation import (
    EscalationEvent,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
    TicketRouted,
)
from shared.events.ids import derived_id
from shared.events.sla import DeadlineBreached, DeadlineKind
from shared.events.ticket import Category, Priority, TicketReopened

ABLE = Team(id="integrators", line=2, competence=frozenset({"integration"}))
TEAMS = Teams(teams=(Team(id="specialists", line=2), ABLE))
minutes = st.integers(1, 20)
kinds = st.sampled_from(get_args(DeadlineKind))
priorities = st.sampled_from(get_args(Priority))
categories = st.sampled_from(get_args(Category))


class Move(NamedTuple):
    """What a person did at `at`: `line` is None where it was left alone, `assignee` "-" too."""

    at: datetime
    number: int
    kind: str
    line: int | None
    assignee: str | None

    def event(self, routing: Routing) -> EscalationEvent:
        """As this service would say it while the ticket stands as `routing` says."""
        assert routing.opening is not None
        held, line = routing.line, self.line or routing.line
        team = TEAMS.team_of(line, timeline(routing, routing.opening, TEAMS).standing.category)
        match self.kind:
            case "escalate":
                return TicketEscalated(
                    from_line=held,
                    to_line=line,
                    team=team,
                    cause="manual",
                    cause_id=str(self.number),
                    by=AGENT,
                )
            case "return":
                return TicketReturned(from_line=held, to_line=line, team=team, by=AGENT)
            case _:
                moved = {"moved": True} if self.line else {}
                return TicketAssigned(line=line, team=team, by=AGENT, assignee=self.assignee, **moved)


Sources = tuple[list[Recorded | Move], ...]


@st.composite
def moves(draw: Any, last: int) -> list[Move]:
    found: list[Move] = []
    for number, at in enumerate(sorted(draw(st.lists(minutes, max_size=3)))):
        kind = draw(st.sampled_from(["assign", "assign", "escalate", "return"]))
        line = {"escalate": draw(st.integers(2, last)), "return": 1}.get(kind)
        if kind == "assign":
            line = draw(st.none() | st.integers(1, last))
        # Half a minute past: no two sources' clocks agree to the microsecond.
        found.append(Move(minute(at + 0.5), number, kind, line, draw(st.sampled_from([None, "asa", "bo"]))))
    return found


@st.composite
def sources(draw: Any) -> Sources:
    """What intake, the SLA engine and people say of one ticket, each in its own order."""
    contract = draw(st.sampled_from([HUBS, THREE_LINES, TIMECARE]))
    intake: list[Any] = [opened(contract, draw(st.none() | priorities), 0, draw(st.none() | categories))]
    ended, steps = False, draw(st.lists(st.integers(0, 9), max_size=5))
    for at, step in zip(sorted(draw(st.sets(minutes, max_size=5))), steps, strict=False):
        if ended:
            intake.append(reopened(at))
            ended = False
        elif step <= 4:
            intake.append(prioritised(draw(priorities), at))
        elif step <= 6:
            intake.append(categorised(draw(categories), at))
        elif step == 7:
            intake.append(contract_changed(draw(st.sampled_from([HUBS, THREE_LINES])), at))
        else:
            intake.append(resolved(at))
            ended = True
    sla: list[Any] = []
    for (kind, due), late in draw(
        st.dictionaries(st.tuples(kinds, minutes), st.integers(0, 5), max_size=4)
    ).items():
        sla.append(breached(kind, due, found=due + late))
        if late == 5:
            breach = sla[-1]
            sla.append(retracted(breach, due - 1))
            if draw(st.booleans()):
                sla.append(breached(kind, due + 6, of=breach))
                sla += [retracted(sla[-1], due + 5)] if draw(st.booleans()) else []
    return intake, sla, draw(moves(contract.lines))


@st.composite
def interleaved(draw: Any, of: Sources) -> list[Recorded | Move]:
    """One order of arrival that keeps each source's own, with some facts delivered again later.

    Nobody can move a ticket before it is known here.
    """
    left = [list(source) for source in of]
    arrived: list[Recorded | Move] = []
    while any(left):
        known = of[0][0] in arrived
        source = draw(st.sampled_from([s for s in left if s and (known or s is not left[2])]))
        arrived.append(source.pop(0))
        if draw(st.booleans()):
            arrived.append(draw(st.sampled_from([one for one in arrived if isinstance(one, Recorded)])))
    return arrived


def hear(story: Sequence[Recorded | Move]) -> tuple[Routing, list[Any]]:
    routing, said = Routing(), list[Any]()
    for part in story:
        if isinstance(part, Recorded):
            routing, decided = react(routing, part, teams=TEAMS)
        else:
            step = Decided(part.at, derived_id("move", str(part.number)), part.event(routing))
            routing, decided = take(routing, [step], TEAMS)
        said += [step.event for step in decided]
    return routing, said


def outcome(routing: Routing) -> tuple[Any, ...]:
    assert routing.opening is not None
    found = sorted(causes(routing, routing.opening), key=str), alert_causes(routing, routing.opening)
    return routing.line, routing.team, routing.assignee, *found


@given(st.data())
def test_the_routing_does_not_depend_on_the_order_of_arrival_nor_on_what_comes_twice(data: Any) -> None:
    of = data.draw(sources())

    one, other = data.draw(interleaved(of)), data.draw(interleaved(of))

    assert outcome(hear(one)[0]) == outcome(hear(other)[0])


@given(st.data())
def test_everyone_is_alerted_of_the_same_when_no_evidence_comes_too_late(data: Any) -> None:
    raised = sorted(data.draw(st.sets(minutes, max_size=3)))
    levels = sorted(data.draw(st.lists(priorities, min_size=3, max_size=3)), reverse=True)
    intake: list[Any] = [opened(data.draw(st.sampled_from([HUBS, THREE_LINES, TIMECARE])), "P4")]
    intake += [prioritised(level, at) for at, level in zip(raised, levels, strict=False)] + [resolved(25)]
    sla: list[Any] = [
        breached(kind, due)
        for kind, due in data.draw(st.lists(st.tuples(kinds, minutes), max_size=4, unique=True))
    ]

    told = [
        sorted(event.cause_id for event in hear(order)[1] if isinstance(event, ServiceManagerAlerted))
        for order in (intake + sla, data.draw(interleaved((intake, sla, []))))
    ]

    assert told[0] == told[1]


@given(st.data())
def test_a_cause_moves_a_ticket_once_and_alerts_once(data: Any) -> None:
    of = data.draw(sources())
    said = hear(data.draw(interleaved(of)))[1]

    # A deadline breached again after a retraction is a cause anew.
    breaches = Counter(
        fact.data.deadline_id
        for fact in of[1]
        if isinstance(fact, Recorded) and isinstance(fact.data, DeadlineBreached)
    )
    moved = [e.cause_id for e in said if isinstance(e, TicketEscalated) and e.cause != "manual"]
    assert all(count <= breaches.get(cause, 1) for cause, count in Counter(moved).items())
    alerts = [event.cause_id for event in said if isinstance(event, ServiceManagerAlerted)]
    reopenings = sum(isinstance(fact, Recorded) and isinstance(fact.data, TicketReopened) for fact in of[0])
    breaches["P1"] = 1 + reopenings
    assert all(count <= breaches.get(cause, 1) for cause, count in Counter(alerts).items())


@given(st.data())
def test_a_ticket_stands_where_its_history_of_moves_says(data: Any) -> None:
    routing, said = hear(data.draw(interleaved(data.draw(sources()))))

    line, assignee = 0, None
    for event in said:
        match event:
            case TicketEscalated(from_line=start, to_line=end, cause=cause):
                assert start == line
                assert cause == "manual" or end > line
                line, assignee = end, None
            case TicketRouted(line=end):
                line = end  # which is all that its readers can tell: it names nobody
            case TicketAssigned():
                line, assignee = event.line, event.assignee
            case TicketReturned(to_line=end):
                line = end
    assert (line, assignee) == (routing.line, routing.assignee)
