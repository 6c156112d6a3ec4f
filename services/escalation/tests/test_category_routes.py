"""First line first; a category routes at triage, never below a floor, never over a person's head (R18)."""

import pytest
from tests.escalation_facts import (
    AGENT,
    HUBS,
    THREE_LINES,
    breached,
    categorised,
    contract_changed,
    minute,
    opened,
    prioritised,
    recorded,
    resolved,
)
from tests.escalation_story import BACK, UP, assign, played, stands

from escalation.domain.decisions import react
from escalation.domain.routing import Routing
from escalation.domain.teams import UNNAMED, Team, Teams
from shared.events.escalation import TicketAssigned, TicketRouted
from shared.events.people import SYSTEM
from shared.events.ticket import Category, WorkStarted

LINES: list[tuple[Category, int, int]] = [
    ("application", 1, 1),
    ("question", 1, 1),
    ("installation", 2, 2),
    ("integration", 2, 2),
    ("order", 2, 2),
    ("defect", 3, 2),
]


@pytest.mark.parametrize(("category", "of_three", "of_two"), LINES)
def test_the_category_routes_at_triage(category: Category, of_three: int, of_two: int) -> None:
    for contract, line in ((THREE_LINES, of_three), (HUBS, of_two)):
        before = [opened(contract, None, category=category)]
        assert stands(*before) == (1, None)
        assert stands(*before, prioritised("P3", 5)) == (line, None)


def test_confirming_the_priority_is_triage_and_the_customers_own_is_not() -> None:
    assert stands(opened(HUBS, "P3", category="order")) == (1, None)
    assert stands(opened(HUBS, "P3", category="order"), prioritised("P3", 5)) == (2, None)


def test_routing_is_told_at_the_instant_of_triage() -> None:
    routing, _ = react(Routing(), opened(HUBS, None, category="order"))
    _, decided = react(routing, prioritised("P3", 5))

    assert [(step.at, step.event) for step in decided] == [(minute(5), TicketRouted(line=2, team="line-2"))]


def test_a_category_named_before_triage_waits_for_it_and_the_last_one_counts() -> None:
    story = [opened(THREE_LINES), categorised("order", 1), categorised("defect", 2)]

    assert stands(*story) == (1, None)
    assert stands(*story, prioritised("P3", 5)) == (3, None)


def test_a_category_changed_after_triage_routes_again() -> None:
    story = [opened(THREE_LINES, category="defect"), prioritised("P3", 5)]

    assert stands(*story, categorised("question", 9)) == (1, None)


@pytest.mark.parametrize("hand", [UP, assign("lin", 3)])
def test_a_category_changed_after_triage_moves_nothing_that_a_person_has_moved(hand: object) -> None:
    before = stands(opened(THREE_LINES), prioritised("P3", 5), (7, hand))

    after = stands(opened(THREE_LINES), prioritised("P3", 5), (7, hand), categorised("question", 9))
    assert after == before


def test_taking_a_ticket_on_is_no_move() -> None:
    story = [opened(THREE_LINES), (1, assign()), prioritised("P3", 5), categorised("order", 9)]

    assert stands(*story) == (2, None)


def test_a_category_that_moves_a_ticket_up_says_that_nobody_has_it_any_more() -> None:
    story = [opened(THREE_LINES), (1, assign()), prioritised("P3", 5)]
    freed = TicketAssigned(line=2, team="line-2", by=SYSTEM, assignee=None)

    before = played(*story)[1]
    assert played(*story, categorised("order", 9))[1][len(before) :] == [
        TicketRouted(line=2, team="line-2"),
        freed,
    ]
    nobody = played(opened(THREE_LINES), prioritised("P3", 5), categorised("order", 9))[1]
    assert nobody[-1] == TicketRouted(line=2, team="line-2")


def test_a_category_never_routes_below_a_floor() -> None:
    assert stands(opened(THREE_LINES, "P1", category="question"), prioritised("P1", 5)) == (2, None)
    story = [opened(THREE_LINES, category="defect"), prioritised("P3", 5), breached("line_limit", 7)]
    assert stands(*story, categorised("question", 9)) == (2, None)


def test_a_return_is_not_undone_by_a_category() -> None:
    assert stands(opened(HUBS, "P1"), (3, BACK), prioritised("P2", 5), categorised("order", 9)) == (1, None)


def test_a_breach_due_after_triage_counts_from_the_line_of_the_category_however_late_that_is_heard() -> None:
    story = [opened(THREE_LINES, category="order"), prioritised("P3", 5)]

    assert stands(*story, breached("resolution", 9)) == (3, None)
    assert stands(story[0], breached("resolution", 9), story[1]) == (3, None)


def test_a_category_named_when_the_ticket_had_ended_routes_nothing() -> None:
    assert stands(opened(HUBS), prioritised("P3", 5), resolved(7), categorised("order", 9)) == (1, None)


def test_the_table_is_data_per_contract_and_capped_at_its_last_line() -> None:
    teams = Teams(routes={"hubs": {"question": 2, "defect": 3}, "default": {"question": 3}})

    assert teams.line_of("question", HUBS) == 2
    assert teams.line_of("defect", HUBS) == 2
    assert teams.line_of("question", THREE_LINES) == 3
    assert UNNAMED.line_of("defect", THREE_LINES) == 3


def test_the_team_with_the_competence_gets_the_category_also_on_the_same_line() -> None:
    able = Team(id="integrators", line=2, competence=frozenset({"integration"}))
    teams = Teams(teams=(Team(id="specialists", line=2), able))
    routing, told = Routing(), []
    for fact in (
        opened(HUBS, category="order"),
        prioritised("P3", 5),
        categorised("integration", 6),
        recorded(WorkStarted(by=AGENT), minute(7)),
    ):
        routing, decided = react(routing, fact, teams=teams)
        told += [(step.event.line, step.event.team) for step in decided]  # type: ignore[union-attr]

    assert told == [(1, "line-1"), (2, "specialists"), (2, "integrators")]
    assert routing.team == "integrators"


def test_a_contract_change_caps_what_the_category_had_routed() -> None:
    story = [opened(THREE_LINES, category="defect"), prioritised("P3", 5)]

    _, said = played(*story, contract_changed(HUBS, 9))
    assert said[-1] == TicketRouted(line=2, team="line-2")
