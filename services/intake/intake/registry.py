"""What intake does with a change of the directory: load, decide, append, in a transaction of its own.

Customers, contracts and people change seldom, so nothing is gathered here. Each has a stream whose id follows
from its own id: of two who register the same one, wherever they are, the second finds it there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from intake.domain import contracts, customers, persons
from intake.domain.contracts import Contract
from intake.domain.customers import Customer
from intake.domain.persons import Person
from shared.errors import Conflict, NotFound, Stale
from shared.events.directory import (
    ContractDrawnUp,
    CustomerRegistered,
    DirectoryEvent,
    PersonRegistered,
    PersonRemoved,
)
from shared.events.envelope import Recorded
from shared.events.ids import derived_id, new_id
from shared.eventstore import idempotency
from shared.eventstore.commands import Committed
from shared.eventstore.database import ALL_TENANTS, Database, Transaction
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import Append, NewEvent, StreamConflict

SOURCE = "/intake/directory"
ATTEMPTS = 3
S = TypeVar("S", bound=Customer | Contract | Person)


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """One of the three things that the directory knows; its streams begin with the event `first`."""

    name: str
    first: type[DirectoryEvent]
    fold: Callable[[Sequence[Recorded]], S]

    def of(self, history: Sequence[Recorded]) -> bool:
        """Whether this is a stream of the kind: an id in a path may be that of another one's."""
        return bool(history) and isinstance(history[0].data, self.first)

    def stream(self, *ids: str) -> UUID:
        """The stream of the one with these ids: a person's are the customer (`*`: support) and its own."""
        return derived_id(self.name, *ids)


CUSTOMER = Kind("customer", CustomerRegistered, customers.fold)
CONTRACT = Kind("contract", ContractDrawnUp, contracts.fold)
PERSON = Kind("person", PersonRegistered, persons.fold)


@dataclass(frozen=True, slots=True)
class Change(Generic[S]):
    """A decision to make on one stream. `tenant`: whose the caller may touch, ALL_TENANTS for everybody's.

    `owner`: to whom a stream that is not there yet will belong; without one it must be there. `expected`: the
    version that the caller's If-Match names.
    """

    kind: Kind[S]
    stream: UUID
    tenant: str
    decide: Callable[[S | None, datetime], Sequence[DirectoryEvent]]
    owner: str | None = None
    expected: int | None = None
    key: idempotency.Key | None = None
    traceparent: str | None = None


class Registry:
    """`committed` is told the new state after a commit; `refuse` raises Transient while writes must wait."""

    def __init__(
        self,
        database: Database,
        store: PostgresEventStore,
        committed: Callable[[Customer | Contract | Person], None],
        refuse: Callable[[], None],
    ) -> None:
        self._database = database
        self._store = store
        self._committed = committed
        self._refuse = refuse

    async def change(self, change: Change[S]) -> Committed[S]:
        """Decide and commit durably. Raises what `decide` raises; NotFound, Stale, Conflict, Transient."""
        self._refuse()
        if change.owner is None and change.tenant != ALL_TENANTS:
            # The role that writes sees every row, so that only the comparison in `_append` stands between
            # customers there; this read lets the rows' policy stand there too.
            await self.read(change.kind, change.stream, change.tenant)
        for _ in range(ATTEMPTS):
            try:
                async with self._database.transaction() as tx:
                    done = await self._attempt(tx, change)
            except StreamConflict:
                continue
            if not done.repeated:
                self._committed(done.state)
            return done
        raise Conflict("version-conflict", "It changed meanwhile; read it again and retry.")

    async def read(self, kind: Kind[S], stream: UUID, tenant: str) -> S:
        """One of a kind. Raises NotFound when there is none that `tenant` may see."""
        history = await self._store.read(stream, tenant)
        if not kind.of(history) or tenant not in (ALL_TENANTS, history[0].tenant):
            raise _unknown(kind)
        return kind.fold(history)

    async def read_many(self, kind: Kind[S], streams: Sequence[UUID], tenant: str) -> list[S]:
        """Those of the streams that `tenant` may see, in the order in which they are given."""
        found = await self._store.read_many(streams, tenant)
        return [kind.fold(found[stream]) for stream in streams if stream in found]

    async def _attempt(self, tx: Transaction, change: Change[S]) -> Committed[S]:
        if change.key is not None:
            (known,) = await idempotency.recall(tx, [change.key])
            if known.refusal is not None:
                raise known.refusal
            if (answer := known.answer) is not None:
                history = (await self._store.load(tx, [answer.stream]))[answer.stream][: answer.version]
                return Committed(answer.stream, change.kind.fold(history), answer.version, repeated=True)
        history = (await self._store.load(tx, [change.stream])).get(change.stream, [])
        whole = [*history, *await self._append(tx, change, history)]
        done = Committed(change.stream, change.kind.fold(whole), whole[-1].version)
        if change.key is not None:
            await idempotency.remember(tx, [(change.key, idempotency.Answer(done.stream, done.version))])
        return done

    async def _append(
        self, tx: Transaction, change: Change[S], history: Sequence[Recorded]
    ) -> Sequence[Recorded]:
        owner = history[0].tenant if history else change.owner
        foreign = bool(history) and not change.kind.of(history)
        if owner is None or foreign or change.tenant not in (ALL_TENANTS, owner):
            raise _unknown(change.kind)
        version = history[-1].version if history else 0
        if change.expected not in (None, version):
            raise Stale(
                "stale", f"The {change.kind.name} is at version {version}; read it again and decide anew."
            )
        # Clocks may step back; within one stream time does not.
        now = max(tx.now, history[-1].time) if history else tx.now
        events = change.decide(change.kind.fold(history) if history else None, now)
        if not events:
            return []
        if any(isinstance(event, PersonRemoved) for event in events):
            await tx.connection.execute("DELETE FROM personal WHERE stream_id = $1", change.stream)
        new = [NewEvent(new_id(), now, event) for event in events]
        append = Append(change.stream, owner, version, new, new_id(), None, change.traceparent)
        return await self._store.append(tx, [append])


def _unknown(kind: Kind[S]) -> NotFound:
    return NotFound("not-found", f"There is no such {kind.name}.")
