"""Which partition a stream lives on: the same number on every topic, for ever."""

from functools import lru_cache
from uuid import UUID

from aiokafka.partitioner import murmur2

PARTITIONS = 12
"""Fixed when the topics are created: another count would move tickets between partitions."""


@lru_cache(maxsize=65_536)
def partition_of(subject: UUID) -> int:
    """The partition of `subject`, as Kafka's default partitioner finds it from the record key."""
    return int(murmur2(str(subject).encode()) & 0x7FFFFFFF) % PARTITIONS
