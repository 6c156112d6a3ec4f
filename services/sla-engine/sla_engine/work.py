"""One transaction's work on tickets: states read at once, events decided in memory, all written at once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from shared.events.sla import SlaEvent
from shared.eventstore.database import Transaction
from shared.eventstore.states import Held, StateCache
from shared.eventstore.store import EventStore
from shared.messaging.partitions import partition_of
from sla_engine.adapters.timer_table import Timer
from sla_engine.domain.falling_due import next_wake
from sla_engine.domain.instants import from_micros
from sla_engine.domain.state import State, evolve
from sla_engine.kept import Cause, Kept
from sla_engine.recording import Recording

Told = tuple[SlaEvent, datetime]
"""An own event, and the time of its cause."""


class Work:
    """What a batch or a run of timers does to tickets. Nothing is written before `save`."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self._cache = StateCache(tx, Kept)
        self._recording = Recording()
        self._told: set[UUID] = set()

    async def load(self, tickets: Iterable[UUID]) -> None:
        """Read and lock the tickets' states."""
        await self._cache.preload(tickets)

    def get(self, ticket: UUID, tenant: str = "") -> Held[Kept]:
        """What is kept of a loaded ticket; nothing yet for one of `tenant` that is new here."""
        return self._cache.get(ticket) or Held(Kept(), 0, tenant)

    def keep(self, ticket: UUID, held: Held[Kept], kept: Kept) -> None:
        """Note what is now kept, without anything told."""
        self._cache.put(ticket, Held(kept, held.version, held.tenant))

    def tell(self, ticket: UUID, state: State, cause: Cause, told: Sequence[Told]) -> State:
        """Note own events, each with its cause's time, and fold them into `state`."""
        held = self.get(ticket)
        turns = {deadline.id: deadline.turn for deadline in state.deadlines.values()} if told else {}
        self._recording.add(ticket, held.tenant, held.version, cause, told, turns)
        for event, _ in told:
            state = evolve(state, event)
        kept = Kept(state=state, origin=held.state.origin)
        self._cache.put(ticket, Held(kept, held.version + len(told), held.tenant))
        if told:
            self._told.add(ticket)
        return state

    def timers(self) -> list[Timer]:
        """When to wake next for each ticket of which something was told."""
        return [self._timer(ticket, self.get(ticket)) for ticket in sorted(self._told)]

    async def save(self, store: EventStore) -> bool:
        """Append the events and write the states. Whether anything was told. Raises StreamConflict."""
        told = await self._recording.store(store, self.tx)
        await self._cache.flush()
        return told

    def _timer(self, ticket: UUID, held: Held[Kept]) -> Timer:
        wake = next_wake(held.state.state) if held.state.state else None
        wake_at = None if wake is None else from_micros(wake)
        return Timer(ticket, partition_of(ticket), held.tenant, wake_at, held.version)
