"""A subscriber that begins late, as the contract says: note the topics' ends, fold the feeds, then follow."""

import httpx2
from confluent_kafka import Consumer, TopicPartition

from faults import reading
from faults.evidence import TOPICS, Event
from faults.machine import Machine


class Subscriber:
    """Holds each stream's event ids in the order in which it accepted them."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.held: dict[tuple[str, str], list[str]] = {}
        self.gaps = 0
        self._consumer = Consumer(
            {"bootstrap.servers": machine.kafka.bootstrap, "group.id": "late", "enable.auto.commit": False}
        )
        known = self._consumer.list_topics(timeout=20).topics
        self._parts = [
            TopicPartition(topic, number, self._end(TopicPartition(topic, number)))
            for topic in TOPICS.values()
            for number in known[topic].partitions
        ]

    async def fold(self) -> int:
        """Take every stream whole from its owner's feed; returns how many events."""
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as http:
            for source in TOPICS:
                url = self._machine.url(source.removeprefix("/").replace("-", "_"))
                for event in await reading.feed(http, url):
                    self._take(event)
        return sum(map(len, self.held.values()))

    def follow(self) -> None:
        """Consume from the noted ends to the present ones, dropping what is held."""
        self._consumer.assign(self._parts)
        ends = {(part.topic, part.partition): self._end(part) for part in self._parts}
        at = {(part.topic, part.partition): part.offset for part in self._parts}
        while any(at[place] < end for place, end in ends.items()):
            for message in self._consumer.consume(2000, timeout=5):
                if message.error() is None:
                    at[str(message.topic()), int(message.partition() or 0)] = int(message.offset() or 0) + 1
                    self._take(reading.arrival_of(message).event)
        self._consumer.close()

    def _take(self, event: Event) -> None:
        held = self.held.setdefault((event.source, event.subject), [])
        if event.version == len(held) + 1:
            held.append(event.id)
        elif event.version > len(held) + 1:
            self.gaps += 1

    def _end(self, part: TopicPartition) -> int:
        return int(
            self._consumer.get_watermark_offsets(TopicPartition(part.topic, part.partition), timeout=20)[1]
        )
