"""The partition of a ticket is a promise to every other client: it must be Kafka's own."""

from uuid import UUID

import pytest

from shared.messaging.partitions import PARTITIONS, partition_of

# From org.apache.kafka.common.utils.Utils: toPositive(murmur2(key)) % 12.
KNOWN = {
    "01926b3e-0000-7000-8000-000000000001": 7,
    "01926b3e-5c1a-7abc-9def-0123456789ab": 1,
    "6f0f3c0e-6b0b-5d0c-9d5e-7f2b1a9c4e11": 5,
    "ffffffff-ffff-ffff-ffff-ffffffffffff": 6,
    "00000000-0000-0000-0000-000000000000": 9,
}


@pytest.mark.parametrize(("subject", "partition"), KNOWN.items())
def test_a_tickets_partition_is_the_one_of_kafkas_default_partitioner(subject: str, partition: int) -> None:
    assert partition_of(UUID(subject)) == partition


def test_there_are_twelve_partitions_and_all_of_them_are_used() -> None:
    assert {partition_of(UUID(int=number)) for number in range(500)} == set(range(PARTITIONS))
