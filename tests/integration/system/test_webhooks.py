"""A client system asks to be told, and is: signed, in order, and without what is internal."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from standardwebhooks import Webhook

from shared.testing.waiting import eventually
from tests.integration.system.conftest import Json, System

pytestmark = pytest.mark.integration


class Receiver:
    """A client system's own HTTP server: verifies what comes as the README says, and takes it."""

    def __init__(self) -> None:
        self.secret = ""
        self.url = ""
        self.events: list[Json] = []
        self.refused = 0
        self.answers = [b"HTTP/1.1 503 Not Yet\r\nContent-Length: 0\r\n\r\n"]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Receiver"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/stafett"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        length = {name.lower(): value for name, value in headers.items()}["content-length"]
        body = (await reader.readexactly(int(length))).decode()
        if self.answers:
            self.refused += 1
            writer.write(self.answers.pop(0))
        else:
            self.events.append(Webhook(self.secret).verify(body, headers))
            writer.write(b"HTTP/1.1 204 Taken\r\n\r\n")
        await writer.drain()
        writer.close()

    def of(self, ticket: Json) -> list[Any]:
        return [event for event in self.events if event["subject"] == ticket["id"]]


async def test_a_client_is_told_of_its_ticket_signed_and_in_order(system: System) -> None:
    async with Receiver().listening() as receiver:
        wanted = ["TicketOpened.v1", "CommentAdded.v1", "TicketResolved.v1"]
        body = {"url": receiver.url, "types": wanted, "description": "Our own desk"}
        made = await system.call("POST", "notifier", "/v1/webhooks", "acme", json=body)
        assert made.status_code == 201, made.text
        hook = made.json()
        receiver.secret = hook["secret"]

        others = await system.open("region")
        ticket = await system.open(priority="P3")
        await system.act(ticket, "comments", body="Bara vi.", visibility="internal")
        await system.act(ticket, "comments", body="Vi felsöker.")
        await system.act(ticket, "resolve", solution="Omstartad.")
        told = await eventually(
            lambda: found if len(found := receiver.of(ticket)) >= 3 else None, within=30, what="three events"
        )

        assert [event["type"] for event in told] == wanted
        assert [event["streamversion"] for event in told] == sorted(e["streamversion"] for e in told)
        assert receiver.refused == 1, "the first attempt was put off, and what followed waited for it"
        assert receiver.of(others) == []
        assert "Bara vi." not in json.dumps(receiver.events, ensure_ascii=False)

        async def settled() -> bool:
            log = await system.call("GET", "notifier", f"/v1/webhooks/{hook['id']}/deliveries", "acme")
            return {each["state"] for each in log.json()["items"]} == {"delivered"}

        await eventually(settled, what="every delivery is written down as such")
        disabled = await system.call("POST", "notifier", f"/v1/webhooks/{hook['id']}/disable", "acme")
        assert disabled.json()["state"] == "disabled"


async def test_a_killed_notifier_loses_no_delivery(system: System) -> None:
    async with Receiver().listening() as receiver:
        receiver.answers = []
        made = await system.call("POST", "notifier", "/v1/webhooks", "acme", json={"url": receiver.url})
        receiver.secret = made.json()["secret"]
        ticket = await system.open(priority="P3")
        system.machine.programs["notifier"].kill()
        await system.act(ticket, "comments", body="Vi felsöker.")
        await system.act(ticket, "resolve", solution="Omstartad.")
        await system.machine.ready()
        await eventually(
            lambda: any(event["type"] == "TicketResolved.v1" for event in receiver.of(ticket)),
            within=40,
            what="its end",
        )
        told = receiver.of(ticket)
        firsts = list({event["id"]: event for event in told if event["source"] == "/intake"}.values())
        assert [event["streamversion"] for event in firsts] == [1, 2, 3]
        await system.call("POST", "notifier", f"/v1/webhooks/{made.json()['id']}/disable", "acme")
