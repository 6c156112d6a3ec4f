"""Own events as they are stored: when they happened, which id they have, and what they follow from.

A deadline is told each thing once in each turn of its life: so deadline, type, reason and turn give the id.
Whoever tells it, a timer or an event that came late, it is the same event; the store refuses a second one.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import assert_never
from uuid import UUID

from shared.events.catalogue import type_name
from shared.events.ids import derived_id
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)
from shared.eventstore.database import Transaction
from shared.eventstore.store import Append, EventStore, NewEvent
from sla_engine.domain.state import comes_again
from sla_engine.kept import Cause

_STARTED = "DeadlineStarted.v1"


def event_id(event: SlaEvent) -> UUID:
    """The id of `event` in the first turn of its deadline, the same however often it is told."""
    reason = event.reason if isinstance(event, DeadlineWarned) else 0
    return derived_id(event.deadline_id, type_name(event), reason)


def id_in_turn(event: SlaEvent, turn: int) -> UUID:
    """The id of `event` in that turn: warnings come once whatever befalls their deadline (R13)."""
    first = event_id(event)
    return derived_id(first, "turn", turn) if turn and not isinstance(event, DeadlineWarned) else first


def start_of(deadline_id: str) -> UUID:
    """The id of the event that started a deadline: the cause of what time alone does to it."""
    return derived_id(deadline_id, _STARTED, 0)


def happened(event: SlaEvent, at: datetime) -> datetime:
    """When `event` happened, which it itself says where it can; else `at`, the time of its cause."""
    match event:
        case DeadlineWarned():
            return event.warn_at
        case DeadlineBreached():
            return event.due_at
        case DeadlineMet():
            return event.met_at
        case BreachRetracted(retracted_at=datetime() as retracted_at):
            return retracted_at
        case (
            DeadlineStarted()
            | DeadlinePaused()
            | DeadlineResumed()
            | DeadlineMoved()
            | DeadlineCancelled()
            | DeadlineSuperseded()
            | BreachRetracted()
        ):
            return at
        case _:
            assert_never(event)


def _dated(event: SlaEvent, at: datetime, begun: Container[str]) -> datetime:
    """What had passed before its deadline began happens as that begins: breached now, warned now (R12)."""
    told = happened(event, at)
    return max(told, at) if event.deadline_id in begun else told


def _ids(told: Iterable[SlaEvent], turns: Mapping[str, int]) -> Iterator[UUID]:
    at = dict(turns)
    for event in told:
        turn = at.get(event.deadline_id, 0)
        if comes_again(event):
            at[event.deadline_id] = turn + 1
        yield id_in_turn(event, turn)


class Recording:
    """The own events of one transaction, by stream and cause."""

    def __init__(self) -> None:
        self._streams: dict[UUID, list[Append]] = {}

    def add(
        self,
        stream: UUID,
        tenant: str,
        expected: int,
        cause: Cause,
        told: Sequence[tuple[SlaEvent, datetime]],
        turns: Mapping[str, int],
    ) -> None:
        """Note events, each with its cause's time; `expected` is the stream's version before them, `turns`
        the turn of each deadline."""
        if told:
            begun = {event.deadline_id for event, _ in told if isinstance(event, DeadlineStarted)}
            ids = _ids([event for event, _ in told], turns)
            events = [
                NewEvent(own, _dated(event, at, begun), event)
                for own, (event, at) in zip(ids, told, strict=True)
            ]
            append = Append(
                stream, tenant, expected, events, cause.correlation_id, cause.id, cause.traceparent
            )
            self._streams.setdefault(stream, []).append(append)

    async def store(self, store: EventStore, tx: Transaction) -> bool:
        """Append all of it: in one call, save where a ticket has several causes. Whether there was any."""
        rounds = max(map(len, self._streams.values()), default=0)
        for number in range(rounds):
            found = [appends[number] for appends in self._streams.values() if len(appends) > number]
            await store.append(tx, sorted(found, key=lambda append: append.stream))
        return rounds > 0
