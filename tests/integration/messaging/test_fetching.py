"""Fetch sessions against a real broker: it keeps one for us, and nothing is missed over its changes."""

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import Fetcher

from shared.messaging import client
from shared.messaging.partitions import PARTITIONS
from shared.messaging.publisher import Publisher, Record

pytestmark = pytest.mark.integration
TOPIC = "ticket-events"


async def test_once_a_session_stands_an_answer_lists_only_partitions_with_news(world, monkeypatch):
    listed: list[list[int]] = []
    original = Fetcher._proc_fetch_request

    async def noting(self, assignment, node_id, request):
        send = self._client.send

        async def spied(*args, **kwargs):
            answer = await send(*args, **kwargs)
            listed.append([partition for _, found in answer.topics for partition, *_ in found])
            return answer

        self._client.send = spied
        try:
            return await original(self, assignment, node_id, request)
        finally:
            self._client.send = send

    monkeypatch.setattr(Fetcher, "_proc_fetch_request", noting)
    publisher, consumer = Publisher(world.bootstrap), client.new_client(world.bootstrap, "fetching")
    every = [TopicPartition(TOPIC, number) for number in range(PARTITIONS)]
    consumer.assign(every)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(every)
        for at, end in ends.items():
            consumer.seek(at, end)
        heard: list[tuple[int, bytes]] = []
        for number in (3, 3, 8):
            await publisher.send(TOPIC, number, [Record(b"k", str(len(heard)).encode(), [])])
            while not (polled := await consumer.getmany(timeout_ms=500)):
                continue
            heard += [(at.partition, record.value) for at, records in polled.items() for record in records]
        consumer.pause(TopicPartition(TOPIC, 8))
        await publisher.send(TOPIC, 8, [Record(b"k", b"paused", [])])
        await publisher.send(TOPIC, 5, [Record(b"k", b"3", [])])
        while not (polled := await consumer.getmany(timeout_ms=500)):
            continue
        heard += [(at.partition, record.value) for at, records in polled.items() for record in records]
        consumer.resume(TopicPartition(TOPIC, 8))
        while not (polled := await consumer.getmany(timeout_ms=500)):
            continue
        heard += [(at.partition, record.value) for at, records in polled.items() for record in records]
    finally:
        await client.stop(consumer)
        await publisher.close()

    assert heard == [(3, b"0"), (3, b"1"), (8, b"2"), (5, b"3"), (8, b"paused")]
    with_news = [found for found in listed if found]
    assert len(with_news[0]) == PARTITIONS
    assert [3] in with_news
    assert max(map(len, with_news[1:])) < PARTITIONS
