"""A contract as its own stream tells it, and what may be done to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.errors import Conflict
from shared.events.directory import ContractAmended, ContractDrawnUp, ContractEvent
from shared.events.envelope import Recorded
from shared.events.people import Actor
from shared.events.ticket import ContractTerms


@dataclass(frozen=True, slots=True)
class Contract:
    """The terms that new tickets carry away with them."""

    terms: ContractTerms
    version: int


def fold(history: Sequence[Recorded]) -> Contract:
    """The contract after `history`: each of its events carries the terms whole."""
    last = history[-1]
    if not isinstance(last.data, ContractDrawnUp | ContractAmended):
        raise TypeError(f"a contract's stream has no {last.type}")
    return Contract(last.data.contract, last.version)


def draw_up(contract: Contract | None, terms: ContractTerms, by: Actor) -> list[ContractEvent]:
    """Raises Conflict when there is such a contract."""
    if contract is not None:
        raise Conflict("contract-exists", f"There is a contract {terms.id!r}; choose another id.")
    return [ContractDrawnUp(contract=terms, by=by)]


def amend(contract: Contract, terms: ContractTerms, by: Actor) -> list[ContractEvent]:
    """Nothing happens when those are its terms already."""
    return [] if terms == contract.terms else [ContractAmended(contract=terms, by=by)]
