"""The Kafka consumer client: every unsafe default of aiokafka replaced, bounded where it may hang."""

import asyncio
import contextlib
from collections.abc import Callable, Collection, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from shared.messaging.apart import apart
from shared.messaging.cursors import Place
from shared.messaging.fetch_sessions import FetchSessions

log = structlog.get_logger()

STOP_WITHIN = 5.0
COMMIT_WITHIN = 2.0
Assigned = Callable[[Collection[Place]], None]


class Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes what is ours now, and pauses it: nothing is fetched before the stored offset has been sought.

    Nothing else may happen here: rebalances run in a task of their own, where waiting can deadlock
    (aiokafka #335).
    """

    def __init__(self, consumer: AIOKafkaConsumer, assigned: Assigned, revoked: Callable[[], None]) -> None:
        self._consumer = consumer
        self._assigned = assigned
        self._revoked = revoked

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Nothing is ours until the next assignment."""
        self._revoked()

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Range assignment over one subscription gives us the same numbers of every topic."""
        self._consumer.pause(*assigned)
        self._assigned([Place(each.topic, each.partition) for each in assigned])


def new_client(bootstrap: str, group: str) -> AIOKafkaConsumer:
    """A client that commits nothing by itself; `earliest` is never relied on, but keeps it alive."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=group,
        client_id=group,
        enable_auto_commit=False,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        partition_assignment_strategy=(RangePartitionAssignor,),
        # After a kill the group waits this long for the dead member: the broker's own least by default.
        session_timeout_ms=6_000,
        heartbeat_interval_ms=1_000,
        max_poll_interval_ms=600_000,
        request_timeout_ms=15_000,
        retry_backoff_ms=100,
        # A partition that is being processed is left out of the next fetch, and waits for that to return.
        fetch_max_wait_ms=100,
        metadata_max_age_ms=60_000,
    )
    consumer._client.send = FetchSessions(consumer._client).send
    return consumer


async def stop(consumer: AIOKafkaConsumer) -> None:
    """Stop, but do not wait for ever (aiokafka #773)."""
    with contextlib.suppress(KafkaError, TimeoutError, OSError):
        async with asyncio.timeout(STOP_WITHIN):
            await apart(consumer.stop())


async def commit(consumer: AIOKafkaConsumer, offsets: Mapping[Place, int]) -> None:
    """Tell Kafka how far we are, for lag dashboards only; failing at it harms nothing."""
    if not offsets:
        return
    try:
        async with asyncio.timeout(COMMIT_WITHIN):
            await consumer.commit({TopicPartition(*place): offset for place, offset in offsets.items()})
    except (KafkaError, TimeoutError, OSError) as error:
        log.debug("lag-not-committed", reason=repr(error))
