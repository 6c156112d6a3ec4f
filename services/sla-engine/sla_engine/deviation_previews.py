"""What announcing a deviation would move, before anybody announces it (R4)."""

from collections.abc import Iterator
from heapq import nsmallest
from itertools import chain
from typing import NamedTuple
from uuid import UUID

import msgspec

from shared.events.sla import DeadlineMoved
from shared.eventstore.database import ALL_TENANTS, Database
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.open_states import pages_of_open
from sla_engine.agreements import Agreements
from sla_engine.announcements import must_be_ahead
from sla_engine.domain.announcing import moved
from sla_engine.domain.calendar import OutsideCalendar
from sla_engine.domain.days import Deviation
from sla_engine.domain.instants import to_micros
from sla_engine.domain.policy import Commitment
from sla_engine.domain.state import State
from sla_engine.domain.terms import Terms

MOST = 1000
"""Moves that are listed one by one: those that would be due first."""


class Move(NamedTuple):
    """A deadline that would move; `event` is what would be told of it."""

    ticket: UUID
    customer: str
    commitment: Commitment
    event: DeadlineMoved


class Group(msgspec.Struct):
    """The deadlines of one kind and commitment that would move; negative: they come earlier."""

    moved: int = 0
    least_seconds: float = 0
    most_seconds: float = 0

    def add(self, seconds: float) -> None:
        """Count one more, which moves by so much."""
        self.least_seconds = min(self.least_seconds, seconds) if self.moved else seconds
        self.most_seconds = max(self.most_seconds, seconds) if self.moved else seconds
        self.moved += 1


class Foreseen(msgspec.Struct):
    """`tickets`: how many open ones go by the policy; `first`: the moves that come first."""

    calendar_version: str
    tickets: int = 0
    groups: dict[tuple[str, Commitment], Group] = msgspec.field(default_factory=dict)
    first: list[Move] = msgspec.field(default_factory=list)


class DeviationPreviews:
    """Reckons by the states as they stand; nothing is locked, and nothing changed."""

    def __init__(self, database: Database, agreements: Agreements, calendars: Calendars) -> None:
        self._database = database
        self._agreements = agreements
        self._calendars = calendars

    async def of(self, policy: str, deviation: Deviation) -> Foreseen:
        """What would move now. Raises Rejected for a date that is not ahead, Transient."""
        await self._calendars.look()
        now = to_micros(await self._database.now())
        terms = self._agreements.of_policy(policy)
        must_be_ahead(terms.calendar, deviation.date, now)
        would_be = self._with(terms, deviation)
        found = Foreseen(would_be.calendar.version)
        async with self._database.reading(ALL_TENANTS) as connection:
            async for page in pages_of_open(connection, policy):
                moves = [
                    Move(each.ticket, each.customer, each.state.deadlines[event.kind].commitment, event)
                    for each in page
                    for event in _moves(would_be, each.state, now)
                ]
                found.tickets += len(page)
                found.first = nsmallest(MOST, chain(found.first, moves), key=_order)
                for move in moves:
                    group = found.groups.setdefault((move.event.kind, move.commitment), Group())
                    group.add(seconds_of(move.event))
        return found

    def _with(self, terms: Terms, deviation: Deviation) -> Terms:
        known = self._agreements.announced(terms.policy.name) or 0
        calendar = terms.calendar.with_deviations([*terms.calendar.deviations, deviation], revision=known + 1)
        return msgspec.structs.replace(terms, calendar=calendar)


def seconds_of(event: DeadlineMoved) -> float:
    """By how much the deadline moves."""
    return (event.due_at - event.previous_due_at).total_seconds()


def _moves(terms: Terms, state: State, now: int) -> Iterator[DeadlineMoved]:
    """What the sweep would tell; where it would give up, nothing."""
    try:
        yield from moved(terms, state, now)[1]
    except OutsideCalendar:
        return


def _order(move: Move) -> tuple[object, ...]:
    return move.event.previous_due_at, move.ticket, move.event.kind
