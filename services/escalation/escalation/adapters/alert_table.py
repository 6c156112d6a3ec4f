"""Alerts at rest in PostgreSQL: who waits for an answer, and when the next one is alerted without it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from shared.events.envelope import Recorded
from shared.events.escalation import OnCallAcknowledged, OnCallAlerted, ServiceManagerAlerted
from shared.eventstore.database import Transaction

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

CHANNEL = "escalation_alerts"
"""Whoever sets a timer says so here, as it commits."""

_SET = """
INSERT INTO on_call_alerts (alert_id, ticket, tenant, wake_at, event_id, correlation_id, traceparent)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (alert_id) DO UPDATE SET wake_at = EXCLUDED.wake_at, event_id = EXCLUDED.event_id
"""


class Alert(NamedTuple):
    """A timer that is due; `event_id` is the alert before, which the next one follows from."""

    alert_id: UUID
    ticket: UUID
    wake_at: datetime
    event_id: UUID
    correlation_id: UUID
    traceparent: str | None


async def note(tx: Transaction, said: Sequence[Recorded]) -> None:
    """Set, or end, the timers that follow from own events, in the transaction that stores them."""
    woken = False
    for event in said:
        match event.data:
            case OnCallAlerted(alert_id=alert_id, acknowledge_by=wake_at):
                await tx.connection.execute(
                    _SET,
                    UUID(alert_id),
                    event.subject,
                    event.tenant,
                    wake_at,
                    event.id,
                    event.correlation_id,
                    event.traceparent,
                )
                woken = True
            case OnCallAcknowledged(alert_id=alert_id):
                await rest(tx, UUID(alert_id))
            case ServiceManagerAlerted(cause_id=cause) if (alert := _uuid(cause)) is not None:
                await rest(tx, alert)
            case _:
                pass
    if woken:
        await tx.connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def rest(tx: Transaction, alert_id: UUID) -> None:
    """Nobody else is alerted."""
    await tx.connection.execute("UPDATE on_call_alerts SET wake_at = NULL WHERE alert_id = $1", alert_id)


async def put_off(tx: Transaction, alert: Alert, until: datetime) -> None:
    """Look at a timer that cannot be fired again at `until`, unless it has been set anew meanwhile."""
    await tx.connection.execute(
        "UPDATE on_call_alerts SET wake_at = $3 WHERE alert_id = $1 AND event_id = $2",
        alert.alert_id,
        alert.event_id,
        until,
    )


async def oldest_due(tx: Transaction) -> Alert | None:
    """The timer that has been due for longest; not locked, since its ticket's state is locked first."""
    row = await tx.connection.fetchrow(
        "SELECT alert_id, ticket, wake_at, event_id, correlation_id, traceparent FROM on_call_alerts"
        " WHERE wake_at <= $1 ORDER BY wake_at LIMIT 1",
        tx.now,
    )
    return None if row is None else Alert(*row.values())


async def still_due(tx: Transaction, alert: Alert) -> bool:
    """Whether the timer is as it was found, now that its ticket's state is locked; locks it too."""
    found = await tx.connection.fetchval(
        "SELECT true FROM on_call_alerts WHERE alert_id = $1 AND wake_at = $2 AND event_id = $3 FOR UPDATE",
        alert.alert_id,
        alert.wake_at,
        alert.event_id,
    )
    return bool(found)


async def until_next(connection: "Connection", offset: timedelta) -> float | None:
    """Seconds by the database's clock until the next timer is due; None while there is none."""
    found: timedelta | None = await connection.fetchval(
        "SELECT min(wake_at) - (clock_timestamp() + $1::interval) FROM on_call_alerts"
        " WHERE wake_at IS NOT NULL",
        offset,
    )
    return None if found is None else max(found.total_seconds(), 0.0)


async def ticket_of(connection: "Connection", alert_id: UUID) -> UUID | None:
    """The ticket that somebody was alerted of."""
    found: UUID | None = await connection.fetchval(
        "SELECT ticket FROM on_call_alerts WHERE alert_id = $1", alert_id
    )
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:  # a priority, or a deadline with an id of another form
        return None
