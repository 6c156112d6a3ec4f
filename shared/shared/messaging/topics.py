"""Creates the topics: `python -m shared.messaging.topics`. Doing it again changes nothing.

Reads KAFKA_BOOTSTRAP_SERVERS, and TOPIC_REPLICATION (default 1).
"""

import asyncio
import os
import sys

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.errors import Transient
from shared.events.catalogue import TOPICS
from shared.messaging.partitions import PARTITIONS

PROGRESS = "progress"
"""The internal topic of progress marks."""

_DAY_MS = 86_400_000


async def create_topics(bootstrap: str, replication: int = 1, patience: float = 30.0) -> list[str]:
    """Create what is missing and return its names; waits up to `patience` seconds for the broker.

    Raises Transient when the broker is still away by then.
    """
    admin = await _connected(bootstrap, patience)
    try:
        known = set(await admin.list_topics())
        missing = [_topic(name, replication) for name in (*TOPICS.values(), PROGRESS) if name not in known]
        answer = await admin.create_topics(missing) if missing else None
    finally:
        await admin.close()
    for name, code, *_ in answer.topic_errors if answer is not None else ():
        error = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {name}")
    return [topic.name for topic in missing]


async def _connected(bootstrap: str, patience: float) -> AIOKafkaAdminClient:
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
        try:
            await admin.start()
        except KafkaError as error:
            await admin.close()
            if asyncio.get_running_loop().time() > deadline:
                raise Transient("kafka-unavailable", f"No Kafka broker answers at {bootstrap}.") from error
            await asyncio.sleep(0.2)
        else:
            return admin


def _topic(name: str, replication: int) -> NewTopic:
    days = 1 if name == PROGRESS else 30
    settings = {"message.timestamp.type": "LogAppendTime", "retention.ms": str(days * _DAY_MS)}
    return NewTopic(name, PARTITIONS, replication, topic_configs=settings)


if __name__ == "__main__":
    created = asyncio.run(
        create_topics(os.environ["KAFKA_BOOTSTRAP_SERVERS"], int(os.environ.get("TOPIC_REPLICATION", "1")))
    )
    sys.stdout.write("\n".join(created) + "\n" if created else "all topics exist\n")
