"""Deliveries, entered in the transaction that moves the consumer's offset: none lost, none made twice."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from notifier.domain.webhooks import CARRIED, Hook, wants
from shared.events.envelope import Recorded
from shared.events.ids import derived_id
from shared.events.visibility import for_customer
from shared.eventstore.database import Transaction
from shared.messaging.batch import Batch
from shared.messaging.feed_format import to_json

_ACTIVE: Final = """
SELECT id, audience, customer, types FROM webhooks
WHERE state = 'active' AND (customer IS NULL OR customer = ANY($1)) ORDER BY id
"""
# Whose event it is is asked once more where the row is written, and by the table's own check.
_ENTER: Final = """
INSERT INTO webhook_deliveries (id, webhook, tenant, customer, event_id, event_type, subject, traceparent,
  body, created_at, next_attempt_at)
SELECT i.id, w.id, w.tenant, i.customer, i.event_id, i.event_type, i.subject, i.traceparent, i.body, $9,
  greatest($9, (SELECT max(e.next_attempt_at) FROM webhook_deliveries e
    WHERE e.webhook = w.id AND e.subject = i.subject AND e.state = 'pending' AND NOT e.resent))
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::text[], $8::text[])
  WITH ORDINALITY AS i (id, webhook, customer, event_id, event_type, subject, traceparent, body, place)
JOIN webhooks w ON w.id = i.webhook AND w.state = 'active' AND (w.customer IS NULL OR w.customer = i.customer)
ORDER BY i.place
ON CONFLICT DO NOTHING
RETURNING id
"""
"""What comes after something that waits to be tried again need not be looked at before that."""

_HIDDEN: Final = ("causationid", "traceparent", "dataschema")
"""What leads to support's own doings, and the schema, which holds for whole data only."""


class Entering:
    """A consumer's handler. `entered` is called after each commit that made a delivery."""

    def __init__(self, entered: Callable[[], None]) -> None:
        self._entered = entered

    async def handle(self, batch: Batch) -> None:
        """Enter what the batch means for every hook; nothing while starting or rebuilding."""
        if batch.live and await enter(batch.tx, batch.events):
            batch.after_commit(self._entered)


async def enter(tx: Transaction, events: Sequence[Recorded]) -> int:
    """One row per hook and event that it may see, in the order of `events`; returns how many are new."""
    carried = [event for event in events if event.type in CARRIED]
    if not carried:
        return 0
    found = await tx.connection.fetch(_ACTIVE, sorted({event.tenant for event in carried}))
    hooks = [Hook(*row) for row in found]
    rows = [row for event in carried for hook in hooks if (row := _row(hook, event)) is not None]
    if not rows:
        return 0
    return len(await tx.connection.fetch(_ENTER, *map(list, zip(*rows, strict=True)), tx.now))


def message(hook: Hook, event: Recorded) -> dict[str, Any] | None:
    """`event` as the hook is told it, a CloudEvent in structured mode; None when it is not."""
    if not wants(hook, event.type, event.tenant):
        return None
    whole = to_json(event)
    if hook.audience != "customer":
        return whole
    data = for_customer(event.data)
    if data is None or event.tenant != hook.customer:
        return None
    return {name: value for name, value in whole.items() if name not in _HIDDEN} | {"data": data}


def delivery_id(hook: UUID, event: UUID) -> UUID:
    """The same for the same hook and event, however often it is heard, sent and sent again."""
    return derived_id(event, "webhook", str(hook))


def _row(hook: Hook, event: Recorded) -> tuple[object, ...] | None:
    told = message(hook, event)
    if told is None:
        return None
    return (
        delivery_id(hook.id, event.id),
        hook.id,
        event.tenant,
        event.id,
        event.type,
        event.subject,
        event.traceparent,
        orjson.dumps(told).decode(),
    )
