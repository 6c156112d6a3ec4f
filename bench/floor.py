"""The floor under a durable create over HTTP here: bare ASGI, validation, group commit, nothing else.

`python -m bench.floor <port> <database url>` serves it. One `unnest` statement stores up to 64 requests, and
each is answered after the commit: whatever a real service does more costs something on top of this.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import asyncpg
import msgspec
import uuid_utils
import uvicorn

LARGEST_BATCH = 64
_INSERT = "INSERT INTO floor (id, body) SELECT * FROM unnest($1::uuid[], $2::json[])"
_HEADERS = [(b"content-type", b"application/json")]


class Reporter(msgspec.Struct, forbid_unknown_fields=True):
    """As intake's."""

    name: str
    email: str | None = None
    phone: str | None = None


class Ticket(msgspec.Struct, forbid_unknown_fields=True):
    """As intake's, the fields that the benchmark sends."""

    subject: str
    description: str
    reporter: Reporter
    priority: Literal["P1", "P2", "P3", "P4"] | None = None


class Floor:
    """The application and its committer."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str, asyncio.Future[None]]] = deque()
        self._stir = asyncio.Event()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, url: str) -> None:
        """Connect, make the table, begin to commit."""
        self._pool = await asyncpg.create_pool(url, min_size=2, max_size=2)
        await self._pool.execute("CREATE TABLE IF NOT EXISTS floor (id uuid PRIMARY KEY, body json NOT NULL)")
        self._tasks = {asyncio.create_task(self._commit()) for _ in range(2)}

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Validate, wait for the commit, answer 201."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        msgspec.json.decode(body, type=Ticket)
        ticket, stored = str(uuid_utils.uuid7()), asyncio.get_running_loop().create_future()
        self._waiting.append((ticket, body.decode(), stored))
        self._stir.set()
        await stored
        answer = msgspec.json.encode({"id": ticket, "version": 1})
        length = (b"content-length", str(len(answer)).encode())
        await send({"type": "http.response.start", "status": 201, "headers": [*_HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

    async def _commit(self) -> None:
        while True:
            await self._stir.wait()
            self._stir.clear()
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(LARGEST_BATCH, len(self._waiting)))]
                if self._pool is not None:
                    await self._pool.execute(_INSERT, [one[0] for one in batch], [one[1] for one in batch])
                for _, _, stored in batch:
                    stored.set_result(None)


async def main(port: int, url: str) -> None:
    """Serve until ended."""
    floor = Floor()
    await floor.start(url)
    config = uvicorn.Config(
        floor,
        host="127.0.0.1",
        port=port,
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="error",
    )
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
