"""The whole system as processes on real Kafka, PostgreSQL and SMTP, once for all tests of this folder."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from confluent_kafka import Consumer, TopicPartition

from faults.machine import Machine
from shared.testing.waiting import eventually
from tests.integration.system.tenants.callers import everybodys_credentials

Json = dict[str, Any]
ADA = {"name": "Ada Exempel", "email": "ada@acme.example"}


class System:
    """What a client system, a subscriber and an operator can reach."""

    def __init__(self, machine: Machine, traces: Path) -> None:
        self.machine = machine
        self.traces = traces
        self.http = httpx2.AsyncClient(timeout=10, trust_env=False)

    async def call(
        self, method: str, service: str, path: str, who: str | None, **more: Any
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer local-{who}"} if who else {}
        return await self.http.request(method, self.machine.url(service) + path, headers=headers, **more)

    async def open(self, who: str = "acme", **fields: Any) -> Json:
        body = {"subject": "Växeln svarar inte", "description": "Tyst.", "reporter": ADA} | fields
        answer = await self.call("POST", "intake", "/v1/tickets", who, json=body)
        assert answer.status_code == 201, answer.text
        ticket: Json = answer.json()
        return ticket

    async def act(self, ticket: Json, what: str, **fields: Any) -> Json:
        answer = await self.call("POST", "intake", f"/v1/tickets/{ticket['id']}/{what}", "agent", json=fields)
        assert answer.status_code == 200, answer.text
        changed: Json = answer.json()
        return changed

    async def seen(self, ticket: Json, enough: Callable[[Json], bool], what: str, within: float = 15) -> Json:
        """The ticket of the read model once it is `enough`."""

        async def look() -> Json | None:
            answer = await self.call("GET", "projections", f"/v1/tickets/{ticket['id']}", "agent")
            found: Json | None = answer.json() if answer.status_code == 200 else None
            return found if found and enough(found) else None

        found = await eventually(look, within=within, what=what)
        assert found is not None
        return found

    async def mails(self, ticket: Json) -> list[Json]:
        answer = await self.call("GET", "notifier", "/local/mail", None)
        return [mail for mail in answer.json() if ticket["number"] in mail["subject"]]

    def records(self, topic: str, ticket: Json) -> list[Any]:
        """Every record of the ticket on `topic`, read from the beginning by a client that is not ours."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.machine.kafka.bootstrap,
                "group.id": str(uuid4()),
                "enable.auto.commit": False,
            }
        )
        found = []
        for partition in range(12):
            end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
            if end == 0:
                continue
            consumer.assign([TopicPartition(topic, partition, 0)])
            while True:
                message = consumer.poll(10)
                assert message is not None, f"{topic}:{partition} ends before its end offset"
                assert message.error() is None
                if message.key() == ticket["id"].encode():
                    found.append(message)
                if message.offset() >= end - 1:
                    break
        consumer.close()
        return found


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("system")
    traces = folder / "traces.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRACE_FILE", str(traces))
        machine = Machine(folder, folder)
        machine.credentials = everybodys_credentials(machine.credentials, tmp_path_factory.mktemp("known"))
        await asyncio.to_thread(machine.start)
        try:
            await machine.fresh()
            system = System(machine, traces)
            yield system
            await system.http.aclose()
        finally:
            await asyncio.to_thread(machine.stop)
