"""The producer: whole batches to one partition, acknowledged by all replicas, replaced when it breaks.

A send that failed is *unknown*, not undone: the caller sends it again and consumers drop what they have.
After any failure the producer is replaced, because an out-of-order sequence lasts until a new one (aiokafka
#1017) and a given-up batch leaves a hole in the old one's sequence.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import NamedTuple

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from shared.events.wire import Headers
from shared.messaging.apart import apart
from shared.messaging.backoff import Backoff
from shared.messaging.partitions import PARTITIONS

log = structlog.get_logger()

MAX_REQUEST = 900_000
"""Bytes per request; the broker refuses 1 MiB, and its count includes what the client does not see."""
MAX_BATCH = 256 * 1024
"""Bytes per batch; a larger single record travels alone."""
PATIENCE = 15.0
"""Seconds until an unacknowledged send counts as unknown."""


class Unpublished(Exception):
    """The outcome of a send is unknown, or the broker is away: send again."""


class TooLarge(Exception):
    """A record that the broker would refuse for ever."""


class Record(NamedTuple):
    """What a batch is made of."""

    key: bytes
    value: bytes
    headers: Headers


class Sent(NamedTuple):
    """`records` of them were acknowledged; the next one gets `next_offset`."""

    records: int
    next_offset: int


class Publisher:
    """One producer for a relay, shared by its lanes."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()
        self._backoff = Backoff(longest=1.0)
        self._ends: dict[TopicPartition, int] = {}
        self._old: set[asyncio.Task[None]] = set()

    async def send(self, topic: str, partition: int, records: Sequence[Record]) -> Sent:
        """Send as many of `records` as fit one batch, and wait until they are acknowledged.

        Raises Unpublished (send again) or TooLarge (the first record never fits).
        """
        producer = await self._current()
        batch = producer.create_batch()
        count = 0
        for record in records:
            if count and batch.size() + len(record.value) > MAX_BATCH:
                break
            if batch.append(timestamp=None, **record._asdict()) is None:
                break
            count += 1
        if not count or batch.size() > MAX_REQUEST:
            raise TooLarge
        at = TopicPartition(topic, partition)
        try:
            async with asyncio.timeout(PATIENCE):
                acknowledged = await (await producer.send_batch(batch, topic, partition=partition))
        except (KafkaError, TimeoutError, OSError) as error:
            self._discard(producer)
            raise Unpublished(f"{at.topic}:{at.partition}: {error!r}") from error
        if acknowledged.offset < 0:
            # The broker had it already but no longer knows where: ask for the end instead.
            self._ends.pop(at, None)
            return Sent(count, await self.next_offset(topic, partition))
        self._ends[at] = acknowledged.offset + count
        return Sent(count, self._ends[at])

    async def next_offset(self, topic: str, partition: int) -> int:
        """The offset after the last record known to be on the partition. Raises Unpublished."""
        at = TopicPartition(topic, partition)
        if at not in self._ends:
            async with self._starting:
                if at not in self._ends:
                    self._ends = await apart(self._read_ends(topic)) | self._ends
        return self._ends[at]

    def forget_ends(self) -> None:
        """Somebody else may have published meanwhile: ask the broker again where the partitions end."""
        self._ends = {}

    async def close(self) -> None:
        """Drop the producer; what it still holds unacknowledged is sent again by whoever relays next."""
        if self._producer is not None:
            self._discard(self._producer)
        if self._old:
            await asyncio.wait(self._old, timeout=6)

    async def _current(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    enable_idempotence=True,
                    linger_ms=0,
                    max_batch_size=MAX_BATCH,
                    max_request_size=MAX_REQUEST,
                    request_timeout_ms=10_000,
                    metadata_max_age_ms=60_000,
                )
                try:
                    async with asyncio.timeout(PATIENCE):
                        await apart(producer.start())
                except asyncio.CancelledError:
                    self._retire(producer)
                    raise
                except (KafkaError, TimeoutError, OSError) as error:
                    self._retire(producer)
                    await self._backoff.pause()
                    raise Unpublished(f"no producer: {error!r}") from error
                self._backoff.reset()
                self._producer = producer
            return self._producer

    async def _read_ends(self, topic: str) -> dict[TopicPartition, int]:
        scout = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, request_timeout_ms=10_000)
        try:
            async with asyncio.timeout(PATIENCE):
                await scout.start()
                every = [TopicPartition(topic, number) for number in range(PARTITIONS)]
                scout.assign(every)
                ends: dict[TopicPartition, int] = await scout.end_offsets(every)
                return ends
        except (KafkaError, TimeoutError, OSError) as error:
            raise Unpublished(f"no end offsets: {error!r}") from error
        finally:
            with contextlib.suppress(KafkaError, TimeoutError, OSError):
                async with asyncio.timeout(5):
                    await scout.stop()

    def _discard(self, producer: AIOKafkaProducer) -> None:
        if self._producer is producer:
            self._producer = None
            self._ends = {}
            self._retire(producer)

    def _retire(self, producer: AIOKafkaProducer) -> None:
        task = asyncio.create_task(_stop(producer))
        self._old.add(task)
        task.add_done_callback(self._old.discard)


async def _stop(producer: AIOKafkaProducer) -> None:
    """Stopping may wait for a broker that never answers."""
    with contextlib.suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(5):
            await producer.stop()
