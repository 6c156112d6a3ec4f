"""A person's command on one ticket: decided under the same lock as all else, and durable when answered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from escalation.adapters import alert_table
from escalation.domain.decisions import take
from escalation.domain.hands import Acknowledge, Command, decide
from escalation.domain.teams import Teams
from escalation.work import Thread, Work
from shared.errors import NotFound, Stale
from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.people import Actor
from shared.eventstore import idempotency
from shared.eventstore.database import Database, Transaction
from shared.eventstore.store import EventStore, StreamConflict

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """How a command may be repeated, and the version that the caller's If-Match names."""

    key: idempotency.Key | None = None
    expected: int | None = None
    traceparent: str | None = None


class Moved(NamedTuple):
    """The stream as of the command; `said` is false when nothing was new."""

    history: list[Recorded]
    said: bool


class Moves:
    """`committed` is called after a commit that said something: it wakes the relay."""

    def __init__(
        self, database: Database, store: EventStore, teams: Teams, committed: Callable[[], None]
    ) -> None:
        self._database = database
        self._store = store
        self._teams = teams
        self._committed = committed

    async def act(self, ticket: UUID, command: Command, asked: Asked) -> list[Recorded]:
        """Carry out `command`; gives the ticket's own stream as it then is.

        Raises NotFound, Rejected, Conflict, Stale, Transient. A conflict is decided again, up to three times.
        """
        command_id = new_id()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._database.transaction() as tx:
                    moved = await self._act(tx, ticket, command, command_id, asked)
            except StreamConflict:
                if attempt == ATTEMPTS:
                    raise
                continue
            break
        if moved.said:
            self._committed()
        return moved.history

    async def acknowledge(self, alert_id: UUID, by: Actor, asked: Asked) -> list[Recorded]:
        """Take an alert on; again, it changes nothing. Raises what `act` raises."""
        async with self._database.working() as connection:
            ticket = await alert_table.ticket_of(connection, alert_id)
        if ticket is None:
            raise NotFound("not-found", "There is no such alert.")
        return await self.act(ticket, Acknowledge(by, str(alert_id)), asked)

    async def _act(
        self, tx: Transaction, ticket: UUID, command: Command, command_id: UUID, asked: Asked
    ) -> Moved:
        (recalled,) = await idempotency.recall(tx, [asked.key]) if asked.key else [idempotency.Recall()]
        if recalled.refusal is not None:
            raise recalled.refusal
        if recalled.answer is not None:
            stream, version = recalled.answer
            return Moved((await self._store.load(tx, [stream]))[stream][:version], said=False)
        work = Work(tx, self._store)
        await work.load([ticket])
        held = work.get(ticket)
        if held.version and asked.expected not in (None, held.version):
            raise Stale("stale", f"The routing is at version {held.version}; read it again and decide anew.")
        steps = decide(command, held.state, command_id, tx.now, self._teams)
        state, decided = take(held.state, steps, self._teams)
        if decided:
            work.keep(ticket, held, state, decided, Thread(command_id, None, asked.traceparent))
        said = await work.save()
        history = (await self._store.load(tx, [ticket]))[ticket]
        if asked.key is not None:
            await idempotency.remember(tx, [(asked.key, idempotency.Answer(ticket, history[-1].version))])
        return Moved(history, bool(said))
