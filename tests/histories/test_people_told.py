"""Who is told of what is the same in whatever order the sources are heard, and nobody is told twice.

One thing may differ, and nothing else: support's own news goes to the team and the assignee that escalation
had named, news of a review to the owner and an alert to the service manager that intake had named, *as far as
they had been heard* when the news came; who has just laid it down may get it.
"""

from collections.abc import Sequence
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from notifier.domain import ticket as told_of
from notifier.domain.recipients import person_at
from notifier.domain.ticket import Ticket, observe
from shared.events.envelope import Recorded
from shared.events.people import Contact
from shared.events.review import ReviewAssigned, ReviewOpened
from shared.events.ticket import ContractChanged, TicketOpened, TicketPrioritised
from tests.histories import ledger
from tests.histories.arrivals import interleaved, taken_in
from tests.histories.ledger import Ledger
from tests.histories.life import History, play
from tests.histories.plans import Plan, plan_of, plans
from tests.histories.scene import ADDRESSES, YLVA

pytestmark = pytest.mark.timeout(900)
seeds = st.integers(0, 2**32)
OURS = ("team", "assignee")
NAMED_BY_INTAKE = ("review_owner", "service_manager")
BY_WHO_HAS_IT = (*OURS, *NAMED_BY_INTAKE)


def told(arrived: Sequence[Recorded]) -> dict[ledger.Row, tuple[Any, ...]]:
    """Each row: template, facts, address."""
    found = Ledger()
    for event in arrived:
        found.hear(event)
    return {
        row: (notice.template, notice.facts, notice.team, person_at(address))
        for row, (notice, address) in found.rows.items()
    }


def holders(history: History, arrived: Sequence[Recorded]) -> dict[Any, Ticket]:
    """By event: who held the ticket, as far as escalation had been heard when the event could be told."""
    held, known, waiting, found = Ticket(), False, list[Any](), dict[Any, Ticket]()
    for event in arrived:
        if event.source == "/escalation":
            held = observe(held, event)
        waiting.append(event.id)
        known = known or isinstance(event.data, TicketOpened)
        if known:
            found |= dict.fromkeys(waiting, held)
            waiting.clear()
    return found


def named_by_intake(arrived: Sequence[Recorded]) -> dict[tuple[UUID, str], str | None]:
    """By event and recipient: the address of the review's owner, None while there is none, and of the service
    manager, as far as intake had been heard when the event came."""
    owner, manager, found = None, YLVA, dict[tuple[UUID, str], str | None]()
    for event in arrived:
        match event.data:
            case ReviewOpened(owner=named) | ReviewAssigned(owner=named):
                owner = named
            case ContractChanged(service_manager=Contact() as named):
                manager = named
        found[event.id, "review_owner"] = owner.email if owner else None
        found[event.id, "service_manager"] = manager.email or ""
    return found


def is_the_same(plan: Plan, one: int, other: int) -> None:
    history = play(plan)
    heard = history.sources[:3]
    orders = [taken_in(interleaved(heard, Random(seed))) for seed in (one, other)]
    rows, others = map(told, orders)
    moves = {event.id for event in history.escalation}
    assert _fixed(rows, moves) == _fixed(others, moves)
    assert _of_contacts(rows) == _of_contacts(others)
    for order, found in zip(orders, (rows, others), strict=True):
        held = holders(history, order)
        for (event, recipient), (_, _, team, person) in found.items():
            holder = held[event]
            if recipient == "team" and event not in moves:
                assert person == person_at(ADDRESSES.address(team or holder.team))
            if recipient == "assignee" and event not in moves:
                assert person == person_at(ADDRESSES.member_address(holder.assignee or "") or "?")
        named = named_by_intake(order)
        for (event, recipient), (*_, person) in found.items():
            if recipient in NAMED_BY_INTAKE:
                team = ADDRESSES.address(held[event].team)
                assert person == person_at(named[event, recipient] or team)
    # Of each piece of news somebody in support hears, and in the same words.
    assert _ours(rows) == _ours(others)


def _fixed(rows: dict[ledger.Row, tuple[Any, ...]], moves: set[UUID]) -> dict[Any, Any]:
    """Of what is nobody's in support, and of what escalation says to support itself, all of it."""
    return {
        row: each
        for row, each in rows.items()
        if row[1] not in BY_WHO_HAS_IT or (row[1] in OURS and row[0] in moves)
    }


def _of_contacts(rows: dict[ledger.Row, tuple[Any, ...]]) -> dict[ledger.Row, Any]:
    return {row: each[:2] for row, each in rows.items() if row[1] in NAMED_BY_INTAKE}


def _ours(rows: dict[ledger.Row, tuple[Any, ...]]) -> dict[Any, Any]:
    return {event: (template, facts) for (event, to), (template, facts, *_) in rows.items() if to in OURS}


@given(plans(), seeds, seeds)
def test_the_same_people_are_told_the_same_once_whatever_came_first_and_twice(
    plan: Plan, one: int, other: int
) -> None:
    note(repr(plan))
    is_the_same(plan, one, other)


def test_words_that_depend_on_what_came_last_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a breach decides whether support is held to be at work, which intake alone says."""

    def hasty(ticket: Ticket, fact: Recorded) -> Ticket:
        after = told_of.observe(ticket, fact)
        known_to_others = fact.source != "/intake" and not isinstance(fact.data, TicketPrioritised)
        return told_of.msgspec.structs.replace(after, answer_owed=False) if known_to_others else after

    monkeypatch.setattr(ledger, "observe", hasty)

    with pytest.raises(AssertionError):
        for number in range(200):
            is_the_same(plan_of(Random(number)), number, number + 1)
