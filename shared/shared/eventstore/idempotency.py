"""Keys by which a client may safely send the same request again."""

import asyncio
import contextlib
import hashlib
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from shared.errors import Conflict, Rejected, Transient
from shared.eventstore.database import Database, Transaction
from shared.eventstore.store import StreamConflict

FORGET_EVERY = 600.0
"""Seconds between deletions of old answers."""


class Key(NamedTuple):
    """An Idempotency-Key within its scope, and the hash of the body it came with."""

    credential: str
    method: str
    path: str
    key: str
    body_hash: bytes

    @property
    def scope(self) -> tuple[str, str, str, str]:
        return self.credential, self.method, self.path, self.key

    @property
    def lock(self) -> int:
        """A 64-bit number for PostgreSQL's advisory locks."""
        return int.from_bytes(hashlib.blake2b(repr(self.scope).encode(), digest_size=8).digest(), signed=True)


class Answer(NamedTuple):
    """What was answered the first time: the stream as of that version."""

    stream: UUID
    version: int


_RECALL = """
SELECT i.ordinal, k.body_hash, k.stream_id, k.version, pg_try_advisory_xact_lock(i.lock) AS locked
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
  WITH ORDINALITY AS i (credential, method, path, key, lock, ordinal)
LEFT JOIN idempotency k ON (k.credential, k.method, k.path, k.key) = (i.credential, i.method, i.path, i.key)
  AND k.created_at > $6::timestamptz - interval '24 hours'
ORDER BY i.ordinal
"""

_REMEMBER = """
INSERT INTO idempotency (credential, method, path, key, body_hash, stream_id, version, created_at)
SELECT *, $8::timestamptz
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::uuid[], $7::int[])
ON CONFLICT (credential, method, path, key) DO UPDATE
  SET body_hash = EXCLUDED.body_hash, stream_id = EXCLUDED.stream_id, version = EXCLUDED.version,
      created_at = EXCLUDED.created_at
  WHERE idempotency.created_at <= EXCLUDED.created_at - interval '24 hours'
"""


async def forget_old(database: Database) -> None:
    """Delete, now and then and for ever, the answers that are older than a day."""
    while True:
        with contextlib.suppress(Transient):
            async with database.transaction() as tx:
                await tx.connection.execute(
                    "DELETE FROM idempotency WHERE created_at <= $1::timestamptz - interval '24 hours'",
                    tx.now,
                )
        await asyncio.sleep(FORGET_EVERY)


class Recall(NamedTuple):
    """What is known of a key: its first answer, a refusal to raise, or neither."""

    answer: Answer | None = None
    refusal: Exception | None = None


async def recall(tx: Transaction, keys: Sequence[Key]) -> list[Recall]:
    """For each key what was answered before, in order; takes each key's lock for this transaction."""
    if not keys:
        return []
    rows = await tx.connection.fetch(
        _RECALL,
        *map(list, zip(*(key.scope for key in keys), strict=True)),
        [key.lock for key in keys],
        tx.now,
    )
    return [
        _recalled(key, row["body_hash"], row["stream_id"], row["version"], row["locked"])
        for key, row in zip(keys, rows, strict=True)
    ]


def _recalled(key: Key, body_hash: bytes | None, stream: UUID, version: int, locked: bool) -> Recall:
    if body_hash is None:
        if locked:
            return Recall()
        return Recall(
            refusal=Conflict(
                "in-flight", "A request with this Idempotency-Key is being answered; retry shortly."
            )
        )
    if body_hash != key.body_hash:
        detail = "This Idempotency-Key came with another body before; use a new key for a new request."
        return Recall(refusal=Rejected("idempotency-key-reused", detail))
    return Recall(answer=Answer(stream, version))


async def remember(tx: Transaction, answers: Sequence[tuple[Key, Answer]]) -> None:
    """Keep the answers, in the transaction that makes them true.

    Raises StreamConflict when another instance has answered one of the keys: it committed after `recall` had
    looked and before it took the lock, so the lock was free. Decided again, the first answer is found.
    """
    if not answers:
        return
    done = await tx.connection.execute(
        _REMEMBER,
        *map(list, zip(*(key.scope for key, _ in answers), strict=True)),
        [key.body_hash for key, _ in answers],
        [answer.stream for _, answer in answers],
        [answer.version for _, answer in answers],
        tx.now,
    )
    if done != f"INSERT 0 {len(answers)}":
        raise StreamConflict
