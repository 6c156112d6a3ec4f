"""The processed offset of each partition: it moves in the transaction of the effects, and guards them."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import msgspec

from shared.eventstore.database import Database, Transaction

REFILL = -1
"""Stored by an operator who accepts a recreated topic: below every log's start, so the feed fills the gap."""


class OffsetMoved(Exception):
    """Another instance has had this partition meanwhile: forget it all, read again."""


class Stored(NamedTuple):
    """The next offset to process, and the id of the event before it, if it had one."""

    next_offset: int
    last_event_id: UUID | None


class Step(NamedTuple):
    """Moves a partition's offset from `expected` to `next_offset`."""

    topic: str
    partition: int
    expected: int
    next_offset: int
    last_event_id: UUID | None


class Unreadable(NamedTuple):
    """A record that is no event of ours, kept as it came."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    error: str


async def load(database: Database) -> dict[tuple[str, int], Stored]:
    """Every stored offset, by topic and partition."""
    async with database.working() as connection:
        rows = await connection.fetch(
            "SELECT topic, partition, next_offset, last_event_id FROM consumer_offsets"
        )
    return {(r["topic"], r["partition"]): Stored(r["next_offset"], r["last_event_id"]) for r in rows}


async def advance(tx: Transaction, step: Step) -> None:
    """Raises OffsetMoved when the stored offset is not the expected one."""
    done = await tx.connection.execute(
        "UPDATE consumer_offsets SET next_offset = $4, last_event_id = $5"
        " WHERE topic = $1 AND partition = $2 AND next_offset = $3",
        step.topic,
        step.partition,
        step.expected,
        step.next_offset,
        step.last_event_id,
    )
    if done != "UPDATE 1":
        raise OffsetMoved


async def note(database: Database, topic: str, partition: int, before: int | None, next_offset: int) -> None:
    """Store the offset noted at a start; `before` is what stood there. Raises OffsetMoved."""
    async with database.transaction() as tx:
        if before is None:
            done = await tx.connection.execute(
                "INSERT INTO consumer_offsets VALUES ($1, $2, $3, NULL) ON CONFLICT DO NOTHING",
                topic,
                partition,
                next_offset,
            )
            if done != "INSERT 0 1":
                raise OffsetMoved
        else:
            await advance(tx, Step(topic, partition, before, next_offset, None))


async def quarantine(tx: Transaction, topic: str, partition: int, found: Sequence[Unreadable]) -> None:
    """Set undecodable records aside, whole."""
    await tx.connection.executemany(
        'INSERT INTO quarantine (topic, partition, "offset", key, value, headers, error, quarantined_at)'
        " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8) ON CONFLICT DO NOTHING",
        [
            (topic, partition, r.offset, r.key, r.value, _readable(r.headers), _clean(r.error), tx.now)
            for r in found
        ],
    )  # fmt: skip


def _clean(text: str) -> str:
    return text.replace("\0", "\\0")


def _readable(headers: tuple[tuple[str, bytes], ...]) -> str:
    pairs = [
        (_clean(name), _clean((value or b"").decode("utf-8", "backslashreplace"))) for name, value in headers
    ]
    return msgspec.json.encode(pairs).decode()
