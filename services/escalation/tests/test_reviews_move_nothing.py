"""A review that is overdue is its owner's matter: it moves no ticket and alerts no service manager (R20)."""

import pytest
from tests.escalation_facts import HUBS, THREE_LINES, breached, closed, opened, reopened, retracted
from tests.test_routing_rules import heard, said

from shared.events.ticket import ContractTerms


@pytest.mark.parametrize("contract", [HUBS, THREE_LINES], ids=lambda contract: contract.id)
def test_an_overdue_review_neither_moves_the_ticket_nor_alerts(contract: ContractTerms) -> None:
    late = breached("review", 20)
    for history in (
        [opened(contract, "P1"), closed(10)],
        [opened(contract, "P1"), closed(10), reopened(30)],
        [opened(contract, "P2")],  # its closing has not been heard yet
    ):
        assert said(*history, late) == said(*history)
        assert said(late, *history) == said(*history)
        assert heard(*history, late, retracted(late, 19))[0].line == heard(*history)[0].line


def test_any_other_breach_then_would() -> None:
    history = [opened(HUBS, "P2")]
    assert said(*history, breached("response", 20)) != said(*history)
