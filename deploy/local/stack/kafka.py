"""A real Apache Kafka, one node as broker and controller (KRaft), on 127.0.0.1 only."""

import base64
import os
import subprocess
import uuid
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from stack.jars import jars
from stack.places import KAFKA_FOLDER, Unready, free_port, listening
from stack.prerequisites import java
from stack.server import Server

_SETTINGS = """\
# Written at each start: changes here are lost.
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
log.dirs={data}
auto.create.topics.enable=false
num.partitions=12
log.message.timestamp.type=LogAppendTime
# One node keeps the only copy of everything.
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=12
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
# Short sessions: after kill -9 the node is back in 6 s instead of 13 s; groups form at once.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
"""


class KafkaServer(Server):
    """One Kafka node; `bootstrap` is what clients connect to. Topics are not created by use.

    A first start takes 4 to 5 s (storage is formatted), a later one 3 to 4 s, one after `kill()` about 6 s.
    Raises `Unready` where Java is missing, or Maven while the jars are not in the cache.
    """

    name = "kafka"

    def __init__(self, state: Path, port: int = 0, controller_port: int = 0) -> None:
        super().__init__(state, port)
        self.controller_port = controller_port or free_port()
        self._settings = state / "server.properties"

    @property
    def bootstrap(self) -> str:
        """`host:port`, for `bootstrap.servers`."""
        return f"127.0.0.1:{self.port}"

    @property
    def command(self) -> list[str]:
        """The broker in the foreground."""
        java = self._java("-Xms256m", "-Xmx512m", "-XX:+UseG1GC", "-XX:+ExitOnOutOfMemoryError")
        return [*java, "kafka.Kafka", str(self._settings)]

    def prepare(self) -> None:
        """Write the settings; format the storage unless that is done."""
        data = self.state / "data"
        self.state.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(
            _SETTINGS.format(port=self.port, controller=self.controller_port, data=data.resolve())
        )
        if (data / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [*self._java("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), "kafka.tools.StorageTool"]
        done = subprocess.run(
            [*tool, "format", "--standalone", f"--cluster-id={cluster}", "-c", str(self._settings)],
            capture_output=True,
            text=True,
            cwd=self.state,
            check=False,
        )
        if done.returncode:
            raise Unready(f"Kafka could not format {data}:\n{(done.stdout + done.stderr)[-2000:]}")

    def is_ready(self) -> bool:
        """Does the broker list itself? Until its first heartbeat is answered it is fenced, and does not."""
        if not listening(self.port):
            return False
        client = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})
        try:
            return bool(client.list_topics(timeout=2).brokers)
        except KafkaException:
            return False

    def _java(self, *options: str) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={KAFKA_FOLDER / 'log4j2.xml'}"
        return [java(), *options, logging, "-cp", f"{jars()}{os.sep}*"]
