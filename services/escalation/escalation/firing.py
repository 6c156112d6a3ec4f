"""Fires one due alert: the next alert, its outbox row and the next timer in one transaction.

Never twice: the ticket's state is locked, the timer looked at again under that lock, the stream guarded by
its version, and each alert of a level and attempt has one possible id.
"""

from datetime import timedelta

from escalation.adapters import alert_table
from escalation.adapters.alert_table import Alert
from escalation.domain import on_call
from escalation.domain.decisions import Decided, take
from escalation.domain.teams import Teams
from escalation.work import Thread, Work
from shared.errors import Conflict, Transient
from shared.eventstore.database import Database, Transaction
from shared.eventstore.store import EventStore
from shared.runtime.logs import log_failure

PUT_OFF = timedelta(minutes=1)
"""How long a timer rests that could not be fired, so that those behind it can."""


class Firing:
    """See the module."""

    def __init__(self, database: Database, store: EventStore, teams: Teams) -> None:
        self._database = database
        self._store = store
        self._teams = teams

    async def fire(self) -> bool:
        """Fire the alert that has been due for longest; whether there was one.

        Raises Transient, and Conflict where another instance was first: look again then.
        """
        found: list[Alert] = []
        try:
            async with self._database.transaction() as tx:
                alert = await alert_table.oldest_due(tx)
                if alert is None:
                    return False
                found.append(alert)
                await self._fire(tx, alert)
        except (Transient, Conflict):
            raise
        except Exception as error:
            if not found:
                raise
            log_failure("an alert cannot be fired", error, ticket=str(found[0].ticket))
            async with self._database.transaction() as tx:
                await alert_table.put_off(tx, found[0], tx.now + PUT_OFF)
        return True

    async def until_next(self) -> float | None:
        """Seconds until the next alert is due; None while there is none. Raises Transient."""
        async with self._database.working() as connection:
            return await alert_table.until_next(connection, self._database.offset)

    async def _fire(self, tx: Transaction, alert: Alert) -> None:
        work = Work(tx, self._store)
        await work.load([alert.ticket])
        if not await alert_table.still_due(tx, alert):
            return
        held = work.get(alert.ticket)
        waiting = [a for a in held.state.open_alerts if a.alert_id == str(alert.alert_id)]
        due = None
        if waiting:
            due = on_call.following(held.state, waiting[0], alert.wake_at, tx.now, self._teams)
        if due is None:
            await alert_table.rest(tx, alert.alert_id)
            return
        step = Decided(due.at, due.alert_id, due.event, due.ordinal)
        state, decided = take(held.state, [step], self._teams)
        thread = Thread(alert.correlation_id, alert.event_id, alert.traceparent)
        work.keep(alert.ticket, held, state, decided, thread)
        await work.save()
