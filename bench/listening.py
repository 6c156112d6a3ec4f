"""Hears a topic as a subscriber does, from now on, and notes when each record came."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from confluent_kafka import OFFSET_END, Consumer, TopicPartition

from faults.evidence import Event
from faults.reading import arrival_of
from faults.waiting import until


@dataclass(frozen=True, slots=True)
class Heard:
    """`at`: this machine's clock, seconds since the epoch."""

    at: float
    event: Event


class Listener:
    """A consumer in a thread of its own; use it as a context manager."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self.heard: list[Heard] = []
        self._ended = threading.Event()
        settings = {"bootstrap.servers": bootstrap, "group.id": "bench", "enable.auto.commit": False}
        self._consumer = Consumer(settings | {"fetch.wait.max.ms": 100, "log_level": 0})
        parts = self._consumer.list_topics(topic, timeout=20).topics[topic].partitions
        ends = []
        for number in parts:
            end = self._consumer.get_watermark_offsets(TopicPartition(topic, number), timeout=20)[1]
            ends.append(TopicPartition(topic, number, end if end else OFFSET_END))
        self._consumer.assign(ends)
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(5)
        self._consumer.close()

    async def hears(self, enough: Callable[[list[Heard]], bool], bound: float) -> None:
        """Wait until `enough` says so of all that was heard. Raises Overdue."""

        async def seen() -> bool:
            return await asyncio.to_thread(enough, list(self.heard))

        await until("what the benchmark waits for", seen, bound)

    def _listen(self) -> None:
        while not self._ended.is_set():
            message = self._consumer.poll(0.2)
            if message is None or message.error() is not None:
                continue
            at = time.time()
            event = arrival_of(message).event
            self.heard.append(Heard(at, event))
