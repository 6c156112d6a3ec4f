"""Folded states of many subjects, read at once before a batch and written at once after it."""

from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from shared.eventstore.database import Transaction
from shared.eventstore.store import StreamConflict

S = TypeVar("S", bound=msgspec.Struct)


class Held(NamedTuple, Generic[S]):
    """A subject's state; `version` is the newest version of the service's own stream that it includes."""

    state: S
    version: int
    tenant: str


class StateCache(Generic[S]):
    """The states that one transaction works on. Nothing is written before `flush`."""

    def __init__(self, tx: Transaction, kind: type[S]) -> None:
        self._tx = tx
        self._decode = msgspec.json.Decoder(kind).decode
        self._encode = msgspec.json.Encoder().encode
        self._held: dict[UUID, Held[S]] = {}
        self._changed: set[UUID] = set()
        self._stored: set[UUID] = set()

    async def preload(self, subjects: Iterable[UUID]) -> None:
        """Read and lock the states of `subjects` in one query, in id order so that batches never deadlock."""
        rows = await self._tx.connection.fetch(
            "SELECT subject, tenant, version, body FROM states WHERE subject = ANY($1)"
            " ORDER BY subject FOR UPDATE",
            sorted(set(subjects)),
        )
        for row in rows:
            self._stored.add(row["subject"])
            self._held[row["subject"]] = Held(self._decode(row["body"]), row["version"], row["tenant"])

    def get(self, subject: UUID) -> Held[S] | None:
        """The state of a preloaded subject, None when it has none yet."""
        return self._held.get(subject)

    def put(self, subject: UUID, held: Held[S]) -> None:
        """Note the new state, to be written by `flush`."""
        self._held[subject] = held
        self._changed.add(subject)

    async def flush(self) -> None:
        """Write every changed state in one statement.

        A missing row cannot be locked: raises StreamConflict when another instance has written it meanwhile.
        """
        if not self._changed:
            return
        changed = [(subject, self._held[subject]) for subject in sorted(self._changed)]
        done = await self._tx.connection.execute(
            "INSERT INTO states (subject, tenant, version, body)"
            " SELECT subject, tenant, version, body::json"
            " FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[])"
            " AS i (subject, tenant, version, body)"
            " ON CONFLICT (subject) DO UPDATE SET version = EXCLUDED.version, body = EXCLUDED.body,"
            " tenant = EXCLUDED.tenant WHERE states.subject = ANY($5)",
            [subject for subject, _ in changed],
            [held.tenant for _, held in changed],
            [held.version for _, held in changed],
            [self._encode(held.state).decode() for _, held in changed],
            sorted(self._stored),
        )
        if done != f"INSERT 0 {len(changed)}":
            raise StreamConflict
        self._stored |= self._changed
        self._changed.clear()
