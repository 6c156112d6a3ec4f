"""What a batch of facts means: states loaded at once, each fact decided, all written at once."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from uuid import UUID

from escalation.domain.decisions import Decided, react
from escalation.domain.routing import Routing, evolve
from escalation.subscriptions import SUBSCRIBED
from shared.events.catalogue import type_name
from shared.events.envelope import Recorded
from shared.events.escalation import ServiceManagerAlerted
from shared.events.ids import derived_id
from shared.eventstore.database import Transaction
from shared.eventstore.states import Held, StateCache
from shared.eventstore.store import Append, EventStore, NewEvent
from shared.messaging.batch import Batch


class Escalating:
    """The consumer's handler. `committed` is called after a commit that said something."""

    def __init__(self, store: EventStore, committed: Callable[[], None]) -> None:
        self._store = store
        self._committed = committed

    async def handle(self, batch: Batch) -> None:
        """Decide every fact of the batch in its transaction.

        While starting or rebuilding (`live` is false) tickets are routed, but nobody is alerted of the past.
        """
        facts = [event for event in batch.events if type(event.data) in SUBSCRIBED]
        if not facts:
            return
        states = StateCache(batch.tx, Routing)
        said = await self._recall(batch.tx, states, {fact.subject for fact in facts})
        waiting: dict[UUID, deque[Append]] = {}
        for heard in _together(facts, one_by_one=batch.live):
            fact = heard[-1]
            held = states.get(fact.subject) or Held(Routing(), 0, fact.tenant)
            state, decided = react(held.state, *heard)
            steps = [
                step for step in decided if batch.live or not isinstance(step.event, ServiceManagerAlerted)
            ]
            events = [event for event in map(_new, steps) if event.id not in said]
            if events:
                append = Append(
                    stream=fact.subject,
                    tenant=held.tenant,
                    expected=held.version,
                    events=events,
                    correlation_id=fact.correlation_id,
                    causation_id=fact.id,
                    traceparent=fact.traceparent,
                )
                waiting.setdefault(fact.subject, deque()).append(append)
            states.put(fact.subject, Held(state, held.version + len(events), held.tenant))
        await _append(self._store, batch.tx, waiting)
        await states.flush()
        if waiting:
            batch.after_commit(self._committed)

    async def _recall(
        self, tx: Transaction, states: StateCache[Routing], subjects: set[UUID]
    ) -> frozenset[UUID]:
        """Load the states; a missing one begins from what this service said itself. Returns those ids."""
        await states.preload(subjects)
        missing = sorted(subject for subject in subjects if states.get(subject) is None)
        histories = await self._store.load(tx, missing) if missing else {}
        for subject, history in histories.items():
            states.put(subject, Held(_fold(history), history[-1].version, history[0].tenant))
        return frozenset(event.id for event in chain.from_iterable(histories.values()))


def _together(facts: Sequence[Recorded], *, one_by_one: bool) -> Iterable[Sequence[Recorded]]:
    """What is decided at once. A history is heard whole first: what it takes back never counts."""
    if one_by_one:
        return [(fact,) for fact in facts]
    by_ticket: dict[UUID, list[Recorded]] = {}
    for fact in facts:
        by_ticket.setdefault(fact.subject, []).append(fact)
    return by_ticket.values()


async def _append(store: EventStore, tx: Transaction, waiting: dict[UUID, deque[Append]]) -> None:
    """Each stream's appends in order, one per stream and statement."""
    while ready := [waiting[stream].popleft() for stream in sorted(waiting) if waiting[stream]]:
        await store.append(tx, ready)


def _fold(history: Sequence[Recorded]) -> Routing:
    routing = Routing()
    for event in history:
        routing = evolve(routing, event.data)
    return routing


def _new(step: Decided) -> NewEvent:
    """Its id follows from its cause, whenever that is heard: doing it again makes the same event."""
    return NewEvent(derived_id(step.cause, type_name(step.event)), step.at, step.event)
