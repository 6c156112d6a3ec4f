"""Timers at rest in PostgreSQL: one row per ticket whose clocks run."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from shared.errors import Conflict
from shared.eventstore.database import Transaction

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

FAR = datetime(9999, 1, 1, tzinfo=UTC)
"""Where a timer waits of which nothing but a held breach is left."""

CHANNEL = "sla_engine_timers"
"""Whoever sets timers from outside the consumer says so here."""


class Timer(NamedTuple):
    """When to look at a ticket next; never, if `wake_at` is None."""

    ticket: UUID
    partition: int
    tenant: str
    wake_at: datetime | None
    generation: int
    held: bool = False


class Due(NamedTuple):
    """A timer that is to fire, and the generation that guards it."""

    ticket: UUID
    generation: int


class TimersMoved(Conflict):
    """Another instance has had one of these timers meanwhile: look again."""

    def __init__(self) -> None:
        super().__init__("timers-moved", "A timer was set anew meanwhile.")


_SET = """
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::timestamptz[], $5::bigint[])
  AS i (ticket, partition, tenant, wake_at, generation)
), ended AS (
  DELETE FROM timers t USING given g WHERE t.ticket = g.ticket AND g.wake_at IS NULL
)
INSERT INTO timers (ticket, partition, tenant, wake_at, generation)
SELECT ticket, partition, tenant, wake_at, generation FROM given WHERE wake_at IS NOT NULL
ON CONFLICT (ticket) DO UPDATE
SET wake_at = EXCLUDED.wake_at, generation = EXCLUDED.generation, held = false
"""

_ADVANCE = """
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::boolean[])
  AS i (ticket, expected, wake_at, generation, held)
), ended AS (
  DELETE FROM timers t USING given g
  WHERE t.ticket = g.ticket AND t.generation = g.expected AND g.wake_at IS NULL RETURNING 1
), moved AS (
  UPDATE timers t SET wake_at = g.wake_at, generation = g.generation, held = g.held FROM given g
  WHERE t.ticket = g.ticket AND t.generation = g.expected AND g.wake_at IS NOT NULL RETURNING 1
)
SELECT (SELECT count(*) FROM ended) + (SELECT count(*) FROM moved)
"""


async def set_all(tx: Transaction, timers: Sequence[Timer]) -> None:
    """Set the timers of tickets whose states the transaction has locked, in one statement."""
    if timers:
        columns = list(map(list, zip(*timers, strict=True)))
        await tx.connection.execute(_SET, *columns[:5])


async def tell_others(tx: Transaction) -> None:
    """Once this commits, every instance reads anew when to wake."""
    await tx.connection.execute("SELECT pg_notify($1, '')", CHANNEL)


async def due(tx: Transaction, partition: int, limit: int) -> list[Due]:
    """The oldest timers of the partition that are due at the transaction's time."""
    rows = await tx.connection.fetch(
        "SELECT ticket, generation FROM timers WHERE partition = $1 AND wake_at <= $2"
        " ORDER BY wake_at LIMIT $3",
        partition,
        tx.now,
        limit,
    )
    return [Due(row["ticket"], row["generation"]) for row in rows]


async def parked(tx: Transaction, source: str, claimed: Sequence[Due]) -> set[UUID]:
    """Those of the tickets of which something that `source` told waits for another event or an operator."""
    rows = await tx.connection.fetch(
        "SELECT DISTINCT subject FROM parked WHERE source = $1 AND subject = ANY($2)",
        source,
        [timer.ticket for timer in claimed],
    )
    return {row["subject"] for row in rows}


async def advance(tx: Transaction, fired: Sequence[Due], timers: Sequence[Timer]) -> None:
    """Set each fired timer anew, or end it. Raises TimersMoved when one is no longer as it was claimed."""
    if not fired:
        return
    done = await tx.connection.fetchval(
        _ADVANCE,
        [claimed.ticket for claimed in fired],
        [claimed.generation for claimed in fired],
        [timer.wake_at for timer in timers],
        [timer.generation for timer in timers],
        [timer.held for timer in timers],
    )
    if done != len(fired):
        raise TimersMoved


async def put_off(tx: Transaction, timer: Due, until: datetime) -> None:
    """Look at a timer that cannot be fired again at `until`."""
    await tx.connection.execute(
        "UPDATE timers SET wake_at = $3 WHERE ticket = $1 AND generation = $2",
        timer.ticket,
        timer.generation,
        until,
    )


async def release(tx: Transaction, partition: int) -> None:
    """Make every held timer of the partition due."""
    await tx.connection.execute(
        "UPDATE timers SET wake_at = $2, held = false WHERE partition = $1 AND held", partition, tx.now
    )


async def next_of(connection: "Connection", partitions: Iterable[int]) -> dict[int, datetime | None]:
    """The next wake instant of each partition: one step into the index for each."""
    rows = await connection.fetch(
        "SELECT p, (SELECT wake_at FROM timers WHERE partition = p ORDER BY wake_at LIMIT 1) AS wake_at"
        " FROM unnest($1::smallint[]) AS p",
        sorted(partitions),
    )
    return {row["p"]: row["wake_at"] for row in rows}


async def holding(connection: "Connection", partitions: Iterable[int]) -> set[int]:
    """The partitions that have held timers."""
    rows = await connection.fetch(
        "SELECT p FROM unnest($1::smallint[]) AS p"
        " WHERE EXISTS (SELECT FROM timers WHERE partition = p AND held)",
        sorted(partitions),
    )
    return {row["p"] for row in rows}
