"""One transaction's work on tickets: states read and locked at once, all that was decided written at once.

Facts, people's moves and timers all come this way, so that none of them can overwrite another: they take
turns at the ticket's row, and the version of its stream guards the rest.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from escalation.adapters import alert_table
from escalation.domain.decisions import Decided
from escalation.domain.routing import Routing
from escalation.domain.saying import evolve
from shared.events.catalogue import type_name
from shared.events.envelope import Recorded
from shared.events.ids import derived_id
from shared.eventstore.database import Transaction
from shared.eventstore.states import Held, StateCache
from shared.eventstore.store import Append, EventStore, NewEvent


class Thread(NamedTuple):
    """The conversation and trace that own events carry on."""

    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None


class Work:
    """Nothing is written before `save`."""

    def __init__(self, tx: Transaction, store: EventStore) -> None:
        self.tx = tx
        self._store = store
        self._states = StateCache(tx, Routing)
        self._known: frozenset[UUID] = frozenset()
        self._waiting: dict[UUID, deque[Append]] = {}

    async def load(self, tickets: Iterable[UUID]) -> None:
        """Read and lock the states; a missing one begins from what this service said itself."""
        wanted = set(tickets)
        await self._states.preload(wanted)
        missing = sorted(ticket for ticket in wanted if self._states.get(ticket) is None)
        histories = await self._store.load(self.tx, missing) if missing else {}
        if histories:
            # Whoever said that may have committed between the two reads, and its state with it.
            await self._states.preload(histories)
        for ticket, history in histories.items():
            if self._states.get(ticket) is not None:
                continue
            self._states.put(ticket, Held(fold(history), history[-1].version, history[0].tenant))
        self._known |= {event.id for event in chain.from_iterable(histories.values())}

    def get(self, ticket: UUID, tenant: str = "") -> Held[Routing]:
        """What is held of a loaded ticket; nothing yet for one of `tenant` that is new here."""
        return self._states.get(ticket) or Held(Routing(), 0, tenant)

    def keep(
        self, ticket: UUID, held: Held[Routing], state: Routing, decided: Sequence[Decided], thread: Thread
    ) -> list[NewEvent]:
        """Note the new state, and what is said with it; gives the events that are new."""
        events = [event for event in map(_new, decided) if event.id not in self._known]
        if events:
            append = Append(ticket, held.tenant, held.version, events, *thread)
            self._waiting.setdefault(ticket, deque()).append(append)
        self._states.put(ticket, Held(state, held.version + len(events), held.tenant))
        return events

    async def save(self) -> list[Recorded]:
        """Append the events, each stream's in order, write the states, and set the timers of alerts.

        Raises StreamConflict.
        """
        said: list[Recorded] = []
        waiting = self._waiting
        while ready := [waiting[stream].popleft() for stream in sorted(waiting) if waiting[stream]]:
            said += await self._store.append(self.tx, ready)
        await self._states.flush()
        await alert_table.note(self.tx, said)
        return said


def fold(history: Sequence[Recorded]) -> Routing:
    """The routing as this service's own stream tells it: what it heard from others is not in there."""
    routing = Routing()
    for event in history:
        routing = evolve(routing, event.data, event.time)
    return routing


def upon(fact: Recorded) -> Thread:
    """What follows from `fact` carries its conversation on."""
    return Thread(fact.correlation_id, fact.id, fact.traceparent)


def _new(step: Decided) -> NewEvent:
    """Its id follows from its cause, whenever that is heard: doing it again makes the same event."""
    at: datetime = step.at
    return NewEvent(derived_id(step.cause, type_name(step.event), step.ordinal), at, step.event)
