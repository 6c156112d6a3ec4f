"""As many posts as sixteen clients can make: raw HTTP/1.1 on kept connections, so the client is cheap."""

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import orjson

from bench.target import ticket

CLIENTS = 16
_LENGTH = b"content-length:"


@dataclass
class Blast:
    """What came back."""

    answered: list[float] = field(default_factory=list)
    refused: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answered 201 per second."""
        return len(self.answered) / self.seconds if self.seconds else 0.0


async def blast(url: str, seconds: float) -> Blast:
    """Post tickets to `url` for that long, each client one at a time, each request with a key of its own."""
    result, began = Blast(), time.perf_counter()
    end = began + seconds
    await asyncio.gather(*(_client(url, end, result) for _ in range(CLIENTS)))
    result.seconds = time.perf_counter() - began
    return result


async def _client(url: str, end: float, result: Blast) -> None:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    body = orjson.dumps(ticket("blast", "P3", "acme"))
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer local-acme\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: "
    ).encode()
    while time.perf_counter() < end:
        began = time.perf_counter()
        writer.write(head + str(uuid.uuid4()).encode() + b"\r\n\r\n" + body)
        if await _status(reader) == 201:
            result.answered.append(time.perf_counter() - began)
        else:
            result.refused += 1
    writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    """Read one answer whole; returns its status. The server must give a Content-Length."""
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.lower().index(_LENGTH) + len(_LENGTH)
    await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
    return int(head[9:12])
