"""The dependencies as a new process would find them: new connections, nothing shared with the work."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from shared.messaging.apart import apart
from shared.messaging.cursors import Place
from shared.messaging.lease import SHARD

WITHIN = 3.0
"""Seconds for one answer of a server."""

_UNPUBLISHED = """
SELECT EXISTS (SELECT FROM outbox WHERE position <> ALL ($1::bigint[])) AND NOT EXISTS (
  SELECT FROM relay_lease WHERE shard = $2 AND owner <> $3 AND expires_at > clock_timestamp()
)
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """One service's schema and Kafka; every method connects anew and raises whatever goes wrong."""

    url: str
    schema: str
    bootstrap: str

    async def stored(self) -> Mapping[Place, int]:
        """The next offset to process, of each partition that has begun."""
        async with self._database() as connection:
            rows = await connection.fetch("SELECT topic, partition, next_offset FROM consumer_offsets")
        return {Place(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def unread(self, stored: Mapping[Place, int]) -> bool:
        """Whether Kafka has records from these offsets on."""
        parts = [TopicPartition(*place) for place in stored]
        scout = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            isolation_level="read_committed",
            request_timeout_ms=int(WITHIN * 1000),
        )
        try:
            await scout.start()
            starts = await scout.beginning_offsets(parts)
            ends = await scout.end_offsets(parts)
        finally:
            await apart(scout.stop())
        # What retention has removed is for the feeds: no record of it will come.
        return any(ends[at] > max(starts[at], stored[Place(*at)]) for at in parts)

    async def unpublished(self, besides: Collection[int], owner: UUID) -> bool:
        """Whether other rows wait in the outbox, and nobody but `owner` is there to relay them."""
        async with self._database() as connection:
            return bool(await connection.fetchval(_UNPUBLISHED, list(besides), SHARD, owner))

    async def answers(self, topics: Sequence[str]) -> bool:
        """Whether PostgreSQL answers, and each partition has a leader and most of its replicas in sync.

        With fewer replicas Kafka takes no record, however often a process is started anew.
        """
        async with self._database() as connection:
            await connection.fetchval("SELECT 1")
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=int(WITHIN * 1000))
        try:
            await admin.start()
            described: list[dict[str, Any]] = await admin.describe_topics(list(topics))
        finally:
            await apart(admin.close())
        return all(
            not topic["error_code"] and all(_writable(found) for found in topic["partitions"])
            for topic in described
        )

    @asynccontextmanager
    async def _database(self) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            self.url,
            timeout=WITHIN,
            command_timeout=WITHIN,
            server_settings={
                "role": f"{self.schema}_worker",
                "search_path": self.schema,
                "application_name": f"{self.schema}-watchdog",
            },
        )
        try:
            yield connection
        finally:
            await connection.close(timeout=WITHIN)


def _writable(partition: Mapping[str, Any]) -> bool:
    return partition["leader"] >= 0 and 2 * len(partition["isr"]) > len(partition["replicas"])
