"""What people do sets the line; automatic escalation stays a floor, whatever comes late (R17)."""

from collections.abc import Sequence
from typing import Any

import pytest
from tests.escalation_facts import (
    AGENT,
    HUBS,
    THREE_LINES,
    breached,
    closed,
    contract_changed,
    opened,
    prioritised,
    reopened,
    resolved,
    retracted,
)
from tests.escalation_story import BACK, UP, assign, played, stands

from escalation.domain.hands import Command
from shared.errors import Conflict, NotFound, Rejected
from shared.events.envelope import Recorded
from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned

CAUSES = [prioritised("P1", 5), breached("resolution", 5), breached("line_limit", 5)]


def test_an_assigned_ticket_stays_on_its_line_unless_the_assigning_names_another() -> None:
    assert stands(opened(HUBS, "P3"), (1, assign())) == (1, "asa")
    assert stands(opened(HUBS, "P3"), (1, assign("bo", 2))) == (2, "bo")


def test_assigning_to_nobody_frees_the_ticket() -> None:
    assert stands(opened(HUBS, "P3"), (1, assign()), (2, assign(None))) == (1, None)


def test_what_is_so_already_is_not_said_again() -> None:
    _, said = played(opened(HUBS, "P3"), (1, assign()), (2, assign()), (3, assign("asa", 1)))

    assert [type(event) for event in said].count(TicketAssigned) == 1


@pytest.mark.parametrize(("contract", "line"), [(HUBS, 3), (THREE_LINES, 4), (HUBS, 0)])
def test_a_line_that_the_contract_lacks_is_refused(contract: Any, line: int) -> None:
    with pytest.raises(Rejected) as refusal:
        played(opened(contract, "P3"), (1, assign("asa", line)))
    assert refusal.value.pointer == "/line"


def test_a_hand_escalates_one_line_up_and_says_who_and_why() -> None:
    routing, said = played(opened(THREE_LINES, "P3"), (1, UP), (2, UP))

    first, second = (event for event in said if isinstance(event, TicketEscalated))
    assert (first.from_line, first.to_line, second.to_line) == (1, 2, 3)
    assert (first.cause, first.by, first.reason) == ("manual", AGENT, "Needs a developer")
    assert first.cause_id != second.cause_id
    assert routing.line == 3


def test_nothing_escalates_past_the_last_line() -> None:
    with pytest.raises(Conflict, match="last-line"):
        played(opened(HUBS, "P1"), (1, UP))


def test_a_ticket_is_returned_to_line_one_also_when_resolved_but_not_when_closed() -> None:
    assert stands(opened(HUBS, "P1"), resolved(5), (6, BACK)) == (1, None)
    with pytest.raises(Conflict, match="ticket-closed"):
        played(opened(HUBS, "P1"), resolved(5), closed(6), (7, BACK))
    assert stands(opened(HUBS, "P1"), closed(6), reopened(7), (8, BACK)) == (1, None)


def test_returning_frees_the_ticket_openly() -> None:
    _, said = played(opened(HUBS, "P1"), (1, assign("bo")), (2, BACK))

    back, freed = said[-2:]
    assert isinstance(back, TicketReturned)
    assert (back.from_line, back.to_line, back.by, back.reason) == (2, 1, AGENT, "Belongs on line 1")
    assert isinstance(freed, TicketAssigned)
    assert (freed.line, freed.assignee) == (1, None)


def test_what_is_on_line_one_cannot_be_returned() -> None:
    with pytest.raises(Conflict, match="on-first-line"):
        played(opened(HUBS, "P3"), (1, BACK))


@pytest.mark.parametrize("end", [resolved(5), closed(5)])
def test_what_has_ended_is_not_escalated(end: Recorded) -> None:
    with pytest.raises(Conflict, match="reopen it first"):
        played(opened(HUBS, "P3"), end, (6, UP))


def test_a_ticket_that_is_not_routed_yet_is_not_found() -> None:
    with pytest.raises(NotFound):
        played(breached("resolution", 9), (10, assign()))


@pytest.mark.parametrize("move", [UP, assign(None, 2)])
def test_a_move_up_by_hand_leaves_the_assignee_behind(move: Command) -> None:
    assert stands(opened(HUBS, "P3"), (1, assign()), (2, move)) == (2, None)


@pytest.mark.parametrize(
    "cause", [prioritised("P1", 5), breached("resolution", 5), breached("line_limit", 5)]
)
def test_an_automatic_move_up_leaves_the_assignee_behind(cause: Recorded) -> None:
    assert stands(opened(HUBS, "P3"), (1, assign()), cause) == (2, None)


def test_a_cause_that_moves_nothing_leaves_the_assignee() -> None:
    assert stands(opened(HUBS, "P3"), (1, assign("bo", 2)), prioritised("P1", 5)) == (2, "bo")


def test_a_return_stands_although_its_cause_is_heard_again() -> None:
    cause = breached("line_limit", 9)

    assert stands(opened(HUBS, "P3"), cause, (10, BACK), cause) == (1, None)


def test_a_cause_after_a_return_is_a_floor_again() -> None:
    assert stands(opened(HUBS, "P1"), (5, BACK), breached("resolution", 9)) == (2, None)


def late(cause: Recorded) -> Sequence[tuple[int, str | None]]:
    """Heard before, and after, what a person did at minute 10."""
    hand = (10, assign("bo", 1))
    return [stands(opened(THREE_LINES, "P3"), cause, hand), stands(opened(THREE_LINES, "P3"), hand, cause)]


@pytest.mark.parametrize(
    "cause", [prioritised("P1", 5), breached("resolution", 5), breached("line_limit", 5)]
)
def test_a_cause_older_than_a_move_by_hand_does_not_undo_it(cause: Recorded) -> None:
    assert late(cause) == [(1, "bo"), (1, "bo")]


def test_who_took_a_ticket_after_the_cause_keeps_it_although_the_cause_is_heard_later() -> None:
    hand = (10, assign("asa"))
    cause = prioritised("P1", 5)

    assert stands(opened(HUBS, "P3"), cause, hand) == (2, "asa")
    assert stands(opened(HUBS, "P3"), hand, cause) == (2, "asa")


def test_a_resolution_breach_counts_from_the_line_that_a_hand_had_set_by_then() -> None:
    up = (5, UP)

    assert stands(opened(THREE_LINES, "P3"), up, breached("resolution", 9)) == (3, None)
    assert stands(opened(THREE_LINES, "P3"), breached("resolution", 4), up) == (3, None)


def test_whoever_lost_a_ticket_to_a_breach_that_never_was_has_it_back() -> None:
    breach = breached("resolution", 9)

    assert stands(opened(HUBS, "P3"), (1, assign()), breach, retracted(breach, 8)) == (1, "asa")


def test_a_contract_with_fewer_lines_caps_the_line() -> None:
    assert stands(opened(THREE_LINES, "P3"), (1, assign("lin", 3)), contract_changed(HUBS, 5)) == (2, "lin")


def test_a_contract_that_escalates_at_once_meets_the_priority_that_the_ticket_has() -> None:
    plain = THREE_LINES.__class__(id="plain", policy="plain", timezone="UTC", locale="en", lines=2)

    assert stands(opened(plain, "P1")) == (1, None)
    assert stands(opened(plain, "P1"), contract_changed(HUBS, 5)) == (2, None)


def test_causes_count_again_once_a_ticket_is_reopened() -> None:
    story = [opened(HUBS, "P3"), resolved(5), reopened(10)]

    assert stands(*story, breached("resolution", 7)) == (1, None)
    assert stands(*story, breached("resolution", 12)) == (2, None)
    assert stands(*story, resolved(11), breached("resolution", 12)) == (1, None)
