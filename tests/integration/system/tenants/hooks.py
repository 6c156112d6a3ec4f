"""Webhooks of a customer, one that support has on its tickets, and the server that takes what they send."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from shared.testing.waiting import eventually
from tests.integration.system.conftest import Json, System
from tests.integration.system.tenants.operations import Operation
from tests.integration.system.tenants.things import Hook, Things, bearer

TOLD = "TicketResolved.v1"


@asynccontextmanager
async def receiver(system: System) -> AsyncIterator[str]:
    """The URL of a server that takes every delivery, and answers with the path that was asked for.

    When it goes, the webhooks that send there are disabled.
    """
    server = await asyncio.start_server(_take, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield url
        listed = await system.call("GET", "notifier", "/v1/webhooks?limit=500", "ops")
        for hook in listed.json()["items"]:
            if hook["url"].startswith(url):
                await system.call("POST", "notifier", f"/v1/webhooks/{hook['id']}/disable", "ops")
    finally:
        server.close()


async def listen(system: System, things: Things, operations: Iterable[Operation]) -> None:
    """A webhook for each operation that changes one, each with a test in its log, before anything happens."""
    changing = [each.name for each in operations if each.writes and each.built and "webhook_id" in each.named]
    for name in ("read", *changing):
        mark = things.mark()
        body = {"url": f"{things.receiver}/{mark}", "types": [TOLD], "description": mark}
        hook = await _posted(system, "", bearer(things.customer), json=body)
        tested = await _posted(system, f"/{hook['id']}/test", bearer(things.customer))
        things.hooks[name] = Hook(hook["id"], tested["id"])
        things.marks |= {hook["id"], hook["secret"], tested["id"]}
    mark = things.mark(internal=True)
    body = {"url": f"{things.receiver}/{mark}", "description": mark, "customer": things.customer}
    supports = await _posted(system, "", {"Authorization": "Bearer local-manager"}, json=body)
    things.internal |= {supports["id"], supports["secret"]}


async def heard(system: System, things: Things) -> None:
    """Wait until a ticket's own event stands in the log of the webhook that is read."""
    read = things.hooks["read"].id

    async def delivered() -> str | None:
        path = f"/v1/webhooks/{read}/deliveries?state=delivered"
        answer = await system.call("GET", "notifier", path, "ops")
        told = [each["id"] for each in answer.json()["items"] if each["event_type"] == TOLD]
        return told[-1] if told else None

    delivery = await eventually(delivered, what="a delivery of a ticket's event")
    assert delivery is not None
    things.hooks["read"] = Hook(read, delivery)
    things.marks.add(delivery)


async def _posted(system: System, path: str, headers: dict[str, str], **more: Any) -> Json:
    url = f"{system.machine.url('notifier')}/v1/webhooks{path}"
    answer = await system.http.post(url, headers=headers, **more)
    assert answer.status_code in (201, 202), answer.text
    made: Json = answer.json()
    return made


async def _take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    _, _, rest = head.partition("content-length: ")
    await reader.readexactly(int(rest.split("\r\n")[0]))
    path = head.split(" ")[1].encode()
    writer.write(b"HTTP/1.1 200 Taken\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))
    await writer.drain()
    writer.close()
