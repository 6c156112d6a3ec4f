"""Given facts, when one more is heard, then the ticket moves as the terms say."""

import msgspec
import pytest
from tests.escalation_facts import (
    HUBS,
    THREE_LINES,
    TIMECARE,
    breached,
    closed,
    minute,
    opened,
    prioritised,
    resolved,
    retracted,
)

from escalation.domain.decisions import Decided, react
from escalation.domain.routing import Routing
from shared.events.envelope import Recorded
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated, TicketRouted
from shared.events.sla import DeadlineKind

TO_LINE_ONE = TicketRouted(line=1, team="line-1")


def heard(*facts: Recorded) -> tuple[Routing, list[Decided]]:
    routing, decided = Routing(), list[Decided]()
    for fact in facts:
        routing, step = react(routing, fact)
        decided += step
    return routing, decided


def said(*facts: Recorded) -> list[object]:
    return [step.event for step in heard(*facts)[1]]


def test_every_ticket_starts_on_line_one() -> None:
    routing, decided = heard(opened(HUBS, "P3"))

    assert [step.event for step in decided] == [TO_LINE_ONE]
    assert decided[0].at == minute(0)
    assert routing.line == 1


def test_a_priority_that_escalates_at_once_is_on_line_two_and_told_to_the_service_manager() -> None:
    assert said(opened(HUBS, "P1")) == [
        TO_LINE_ONE,
        TicketEscalated(from_line=1, to_line=2, team="line-2", cause="priority", cause_id="P1"),
        ServiceManagerAlerted(reason="priority", cause_id="P1", priority="P1"),
    ]


def test_raising_the_priority_later_escalates_at_the_instant_of_the_change() -> None:
    _, decided = heard(opened(HUBS, "P3"), prioritised("P1", 5))

    assert [type(step.event) for step in decided[1:]] == [TicketEscalated, ServiceManagerAlerted]
    assert {step.at for step in decided[1:]} == {minute(5)}


def test_a_priority_regained_moves_nothing_again() -> None:
    facts = [opened(HUBS, "P1"), prioritised("P3", 5)]

    assert said(*facts, prioritised("P1", 9)) == said(*facts)


def test_lowering_the_priority_leaves_the_line() -> None:
    assert heard(opened(HUBS, "P1"), prioritised("P4", 5))[0].line == 2


def test_where_priority_is_a_wish_it_moves_and_alerts_nothing() -> None:
    assert said(opened(TIMECARE, "P1"), breached("triage", 5)) == [TO_LINE_ONE]


def test_a_resolution_breach_moves_the_ticket_one_line_up_from_the_line_held_when_due() -> None:
    assert said(opened(THREE_LINES, "P3"), breached("resolution", 9))[1:] == [
        TicketEscalated(
            from_line=1, to_line=2, team="line-2", cause="resolution_breached", cause_id="resolution-9"
        )
    ]


def test_the_event_of_a_breach_carries_the_due_instant() -> None:
    _, decided = heard(opened(HUBS, "P3"), breached("resolution", 9, found=30))

    assert decided[-1].at == minute(9)


def test_no_breach_moves_a_ticket_past_the_last_line() -> None:
    first, second = breached("resolution", 9), breached("resolution", 12)

    assert heard(opened(HUBS, "P3"), first, second)[0].line == 2
    assert heard(opened(THREE_LINES, "P3"), first, second)[0].line == 3


def test_a_breach_counts_from_the_line_held_when_due_even_when_heard_late() -> None:
    routing, decided = heard(opened(THREE_LINES, "P3"), breached("resolution", 9), prioritised("P1", 5))

    assert routing.line == 3
    moves = [step.event for step in decided if isinstance(step.event, TicketEscalated)]
    assert [(move.from_line, move.to_line, move.cause_id) for move in moves] == [
        (1, 2, "resolution-9"),
        (2, 3, "P1"),
    ]


def test_two_breaches_at_one_instant_count_from_the_same_line() -> None:
    first, second = breached("resolution", 9, name="a"), breached("resolution", 9, name="b")

    assert heard(opened(THREE_LINES, "P3"), first, second)[0].line == 2


def test_a_line_limit_means_at_least_line_two() -> None:
    assert heard(opened(THREE_LINES, "P3"), breached("line_limit", 9))[0].line == 2
    assert heard(opened(THREE_LINES, "P1"), breached("line_limit", 9))[0].line == 2


@pytest.mark.parametrize("kind", ["triage", "response", "work_started", "customer_update"])
def test_other_breaches_move_nothing(kind: DeadlineKind) -> None:
    assert heard(opened(THREE_LINES, "P3"), breached(kind, 9))[0].line == 1


@pytest.mark.parametrize("kind", ["triage", "response", "work_started", "resolution", "customer_update"])
def test_every_breach_of_a_priority_that_the_contract_names_alerts_the_service_manager(
    kind: DeadlineKind,
) -> None:
    alert = ServiceManagerAlerted(reason=f"{kind}_breached", cause_id=f"{kind}-9", priority="P2")

    assert alert in said(opened(HUBS, "P2"), breached(kind, 9))
    assert not [
        e for e in said(opened(HUBS, "P3"), breached(kind, 9)) if isinstance(e, ServiceManagerAlerted)
    ]


def test_a_breach_that_the_raised_priority_brought_at_once_counts_under_that_priority() -> None:
    events = said(opened(HUBS, "P3"), prioritised("P2", 15), breached("response", 10, found=15, since=15))

    assert ServiceManagerAlerted(reason="response_breached", cause_id="response-10", priority="P2") in events


def test_how_late_the_engine_finds_a_breach_decides_nothing() -> None:
    events = said(opened(HUBS, "P3"), prioritised("P2", 15), breached("response", 10, found=20))

    assert not [event for event in events if isinstance(event, ServiceManagerAlerted)]


def test_a_move_is_dated_when_its_cause_counts_and_taken_back_no_earlier() -> None:
    """The breach of a deadline that a change began too late counts from the change, not from its due."""
    facts = [opened(HUBS, "P3"), prioritised("P2", 15), breached("line_limit", 10, found=15, since=15)]
    routing, decided = Routing(), []
    for fact in (*facts, resolved(9)):
        routing, steps = react(routing, fact)
        decided += [(type(step.event), step.at) for step in steps]

    moves = [(kind, at) for kind, at in decided if kind is not ServiceManagerAlerted]
    assert moves[1:] == [(TicketEscalated, minute(15)), (TicketRouted, minute(15))]


def test_a_breach_heard_before_its_ticket_waits_for_it() -> None:
    assert said(breached("resolution", 9)) == []
    assert said(breached("resolution", 9), opened(HUBS, "P2")) == [
        TO_LINE_ONE,
        TicketEscalated(
            from_line=1, to_line=2, team="line-2", cause="resolution_breached", cause_id="resolution-9"
        ),
        ServiceManagerAlerted(reason="resolution_breached", cause_id="resolution-9", priority="P2"),
    ]


@pytest.mark.parametrize("end", [resolved(9), closed(9), resolved(7)])
def test_a_breach_due_when_the_ticket_had_ended_is_ignored(end: Recorded) -> None:
    assert said(opened(HUBS, "P2"), end, breached("resolution", 9)) == [TO_LINE_ONE]


def test_a_breach_before_the_end_counts_although_heard_after_it() -> None:
    assert heard(opened(HUBS, "P2"), resolved(10), breached("resolution", 9))[0].line == 2


def test_an_end_in_time_that_is_heard_late_puts_the_ticket_back_openly() -> None:
    events = said(opened(HUBS, "P3"), breached("resolution", 9), resolved(9))

    assert events[-1] == TO_LINE_ONE


def test_a_retracted_breach_puts_the_ticket_back_and_never_counts_again() -> None:
    breach = breached("resolution", 9)
    routing, decided = heard(opened(HUBS, "P3"), breach, retracted(breach, 8), breach)

    assert decided[-1].event == TO_LINE_ONE
    assert routing.line == 1


def test_a_deadline_that_went_on_after_a_retraction_escalates_when_it_is_breached_after_all() -> None:
    """A question that is heard late had paused it: the breach never was, until what was left has passed."""
    breach = breached("resolution", 9)
    again, back = breached("resolution", 20, of=breach), retracted(breach, 8)
    facts = [opened(THREE_LINES, "P2"), breach, back]
    up = TicketEscalated(
        from_line=1, to_line=2, team="line-2", cause="resolution_breached", cause_id="resolution-9"
    )
    told = ServiceManagerAlerted(reason="resolution_breached", cause_id="resolution-9", priority="P2")

    assert said(*facts) == [TO_LINE_ONE, up, told, TO_LINE_ONE]
    assert said(*facts, again)[4:] == [up, told]
    assert said(*facts, again, breach, back, again) == said(*facts, again)


def test_each_breach_of_one_deadline_can_be_retracted() -> None:
    breach = breached("resolution", 9)
    again = breached("resolution", 20, of=breach)
    facts = [opened(HUBS, "P3"), breach, retracted(breach, 8), again, retracted(again, 19)]

    assert heard(*facts)[0].line == 1
    assert heard(*facts, again, breach)[0].line == 1
    assert heard(*facts, breached("resolution", 30, of=breach))[0].line == 2


def test_a_retraction_in_a_state_stored_by_deadline_still_holds_and_lets_the_next_breach_count() -> None:
    breach = breached("resolution", 9)
    routing = heard(opened(HUBS, "P3"), breach, retracted(breach, 8))[0]
    stored = msgspec.to_builtins(routing)
    del stored["retractions"], stored["breaches"][0]["again"]
    read = msgspec.convert(stored, Routing)

    assert react(read, breach)[0].line == 1
    assert react(read, breached("resolution", 20, of=breach))[0].line == 2


def test_a_fact_heard_twice_says_nothing_twice() -> None:
    facts = [opened(HUBS, "P1"), breached("response", 9)]

    assert said(*facts, *facts) == said(*facts)
