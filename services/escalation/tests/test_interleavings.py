"""Whatever the order in which two sources are heard, the outcome is the same."""

from collections.abc import Sequence
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st
from tests.escalation_facts import HUBS, THREE_LINES, TIMECARE, breached, opened, prioritised, resolved

from escalation.domain.causes import alert_causes, causes
from escalation.domain.decisions import react
from escalation.domain.routing import Routing
from shared.events.envelope import Recorded
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated
from shared.events.sla import DeadlineKind
from shared.events.ticket import Priority

minutes = st.integers(1, 20)
kinds = st.sampled_from(get_args(DeadlineKind))
priorities = st.sampled_from(get_args(Priority))


@st.composite
def sources(draw: Any, *, only_raised: bool = False) -> tuple[list[Recorded], list[Recorded]]:
    """What intake and the SLA engine say of one ticket, each in its own order."""
    contract = draw(st.sampled_from([HUBS, THREE_LINES, TIMECARE]))
    changes = sorted(draw(st.dictionaries(minutes, priorities, max_size=3)).items())
    if only_raised:
        levels = sorted((level for _, level in changes), reverse=True)
        changes = [(at, level) for (at, _), level in zip(changes, levels, strict=True)]
    first: Priority | None = "P4" if only_raised else draw(st.none() | priorities)
    intake = [opened(contract, first), *(prioritised(level, at) for at, level in changes)]
    if draw(st.booleans()):
        intake.append(resolved(25 if only_raised else draw(st.integers(1, 25))))
    found = draw(st.dictionaries(st.tuples(kinds, minutes), st.integers(0, 5), max_size=4))
    sla = [breached(kind, due, found=due + late) for (kind, due), late in found.items()]
    return intake, sla


@st.composite
def interleaved(draw: Any, pair: tuple[list[Recorded], list[Recorded]]) -> list[Recorded]:
    """One order of arrival that keeps each source's own, with some facts delivered again later."""
    left, right = (list(side) for side in pair)
    arrived: list[Recorded] = []
    while left or right:
        source = draw(st.sampled_from([side for side in (left, right) if side]))
        arrived.append(source.pop(0))
        if draw(st.booleans()):
            arrived.append(draw(st.sampled_from(arrived)))
    return arrived


def hear(facts: Sequence[Recorded]) -> tuple[Routing, list[Any]]:
    routing, said = Routing(), []
    for fact in facts:
        routing, decided = react(routing, fact)
        said += [step.event for step in decided]
    return routing, said


def outcome(routing: Routing) -> tuple[Any, ...]:
    assert routing.opening is not None
    contract = routing.opening.contract
    return routing.line, causes(routing, contract), alert_causes(routing, contract)


@given(st.data())
def test_line_causes_and_standing_alerts_do_not_depend_on_the_order_of_arrival(data: Any) -> None:
    pair = data.draw(sources())

    one = hear(pair[0] + pair[1])[0]
    other = hear(data.draw(interleaved(pair)))[0]

    assert outcome(one) == outcome(other)


@given(st.data())
def test_everyone_is_alerted_of_the_same_when_no_evidence_comes_too_late(data: Any) -> None:
    pair = data.draw(sources(only_raised=True))

    told = [
        sorted(event.cause_id for event in hear(order)[1] if isinstance(event, ServiceManagerAlerted))
        for order in (pair[0] + pair[1], data.draw(interleaved(pair)))
    ]

    assert told[0] == told[1]


@given(st.data())
def test_a_cause_moves_a_ticket_once_and_alerts_once(data: Any) -> None:
    said = hear(data.draw(interleaved(data.draw(sources()))))[1]

    moves = [event.cause_id for event in said if isinstance(event, TicketEscalated)]
    alerts = [event.cause_id for event in said if isinstance(event, ServiceManagerAlerted)]
    assert len(moves) == len(set(moves))
    assert len(alerts) == len(set(alerts))


@given(st.data())
def test_a_ticket_stands_where_its_history_of_moves_says(data: Any) -> None:
    routing, said = hear(data.draw(interleaved(data.draw(sources()))))

    line = 0
    for event in said:
        if isinstance(event, TicketEscalated):
            assert event.from_line == line < event.to_line
            line = event.to_line
        elif not isinstance(event, ServiceManagerAlerted):
            line = event.line
    assert line == routing.line
