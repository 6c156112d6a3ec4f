"""This service's own events, appended in the transaction that makes them true."""

import dataclasses
from collections import deque
from collections.abc import Sequence
from uuid import UUID

from notifier.domain.ticket import Ticket
from notifier.ledger import EMAIL, HeldBack
from shared.events.catalogue import type_name
from shared.events.ids import derived_id
from shared.events.notification import NotificationEvent, NotificationHeld
from shared.eventstore.database import Transaction
from shared.eventstore.states import Held, StateCache
from shared.eventstore.store import Append, EventStore, NewEvent


async def say(tx: Transaction, store: EventStore, states: StateCache[Ticket], said: Sequence[Append]) -> None:
    """One append per stream and statement, each at the version that the ticket's stream has by then."""
    by_stream: dict[UUID, deque[Append]] = {}
    for append in said:
        by_stream.setdefault(append.stream, deque()).append(append)
    while ready := [queue.popleft() for _, queue in sorted(by_stream.items()) if queue]:
        placed = []
        for append in ready:
            held = states.get(append.stream)
            if held is None:
                raise LookupError(f"the ticket {append.stream} of a mail is not known")
            placed.append(_at(append, held.version))
            states.put(append.stream, Held(held.state, held.version + 1, held.tenant))
        await store.append(tx, placed)


def held_back(tx: Transaction, held: HeldBack) -> Append:
    """That a notification waits."""
    row, cause = held.row, held.row.cause
    event = NotificationHeld(
        notification_id=str(row.id),
        about=str(cause.event_id),
        template=row.notice.template,
        channel=EMAIL,
        recipient=row.notice.recipient,
        until=held.until,
        reason="quiet_hours" if held.reason == "quiet_hours" else "burst",
    )
    return Append(
        stream=cause.ticket,
        tenant=cause.tenant,
        expected=0,
        events=[new_event(tx, row.id, event)],
        correlation_id=cause.correlation_id,
        causation_id=cause.event_id,
        traceparent=cause.traceparent,
    )


def new_event(tx: Transaction, row: UUID, event: NotificationEvent) -> NewEvent:
    """`event` about a row: once of its type, however often it is done."""
    return NewEvent(derived_id(row, type_name(event)), tx.now, event)


def _at(append: Append, version: int) -> Append:
    return dataclasses.replace(append, expected=version)
