"""Since when a ticket has been so urgent that its contract escalates it at once, and by which fact."""

from datetime import datetime

from escalation.domain.routing import ContractHeld, Opening, PriorityHeld, Routing, Turn
from shared.events.ticket import ContractTerms, Priority

Fact = ContractHeld | PriorityHeld | Turn


def at_once(contract: ContractTerms, priority: Priority | None) -> bool:
    """Whether the contract escalates that priority at once."""
    return priority in contract.escalate_at_once and not contract.priority_is_wish


def raised_by(routing: Routing, opening: Opening) -> PriorityHeld | None:
    """The fact that made the ticket so urgent as it is, with its instant; None while it is not.

    That is a priority, or a contract that escalates the priority held. Confirming one, or a contract as
    strict as the last, raises nothing; reopening is as if the ticket came in at that instant (R15).
    """
    contract, priority, raised = opening.contract, None, None
    for fact in sorted(_facts(routing), key=_order):
        match fact:
            case ContractHeld():
                contract = fact.contract
            case PriorityHeld():
                priority = fact.priority
            case Turn():
                raised = None
        if priority is None or not at_once(contract, priority):
            raised = None
        elif raised is None or raised.priority != priority:
            raised = PriorityHeld(event=fact.event, at=fact.at, priority=priority)
    return raised


def _facts(routing: Routing) -> list[Fact]:
    reopened = [turn for turn in routing.turns if turn.life == "reopened"]
    return [*routing.contracts, *routing.priorities, *reopened]


def _order(fact: Fact) -> tuple[datetime, bool]:
    """At one instant the contract comes first, as it does for the line."""
    return fact.at, not isinstance(fact, ContractHeld)
