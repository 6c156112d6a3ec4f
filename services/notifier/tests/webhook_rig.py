"""A receiver of webhooks, and the notifier's webhooks without Kafka: batches go straight to the handler."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import httpx2
import orjson
from standardwebhooks import Webhook

from notifier.presence import Presence
from notifier.settings import NotifierSettings
from notifier.webhooks import api
from notifier.webhooks.acts import Acts
from notifier.webhooks.entering import Entering
from notifier.webhooks.posting import Poster
from notifier.webhooks.reading import Hooks
from notifier.webhooks.repeating import Once
from notifier.webhooks.sending import HookSender, Posting
from notifier.webhooks.signing import Keys
from shared.events.envelope import Recorded
from shared.eventstore.database import Database
from shared.messaging.batch import Batch
from shared.runtime.app import create_app
from shared.testing.waiting import eventually

CREDENTIALS = Path(__file__).parents[3] / "seeds/local/credentials.yaml"
Json = dict[str, Any]


class Post(NamedTuple):
    """One request as the receiver got it."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def event(self) -> Json:
        found: Json = orjson.loads(self.body)
        return found

    @property
    def type(self) -> str:
        return str(self.event["type"])

    def verified(self, secret: str) -> Any:
        """As a receiver does it; raises when the signature is not of this secret."""
        return Webhook(secret).verify(self.body, self.headers)


Reply = bytes | Callable[[Post], Awaitable[bytes]]
OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Receiver:
    """A real HTTP server on a free port; answers as told, then as `always`. `posts` has all that it got."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.replies: list[Reply] = []
        self.always: Reply = OK
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/hook?key=1"

    @property
    def types(self) -> list[str]:
        return [post.type for post in self.posts]

    async def got(self, number: int) -> list[Post]:
        """Wait until it has so many."""
        return await eventually(
            lambda: self.posts if len(self.posts) >= number else None, what=f"{number} posts"
        )

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Receiver"]:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield self
        finally:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            request, *lines = head.strip().split("\r\n")
            headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines)}
            body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
            post = Post(request.split(" ")[1], headers, body)
            self.posts.append(post)
            reply = self.replies.pop(0) if self.replies else self.always
            writer.write(reply if isinstance(reply, bytes) else await reply(post))
            await writer.drain()
        writer.close()


class Desk:
    """The notifier's webhooks: routes, handler and sender on one database."""

    def __init__(self, database: Database, admin: "asyncpg.Connection[asyncpg.Record]", keys: Keys) -> None:
        self.database = database
        self.admin = admin
        self.keys = keys
        self.woken: list[Callable[[], None]] = []
        settings = NotifierSettings(app_env="local", database_url="unused", credentials_file=CREDENTIALS)
        hooks = Hooks(database)
        acts = Acts(Once(database, keys, self._wake), hooks)
        app = create_app("notifier", settings, [api.router(acts, hooks, local=True)])
        self.http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test")
        self._entering = Entering(self._wake)

    def _wake(self) -> None:
        for wake in self.woken:
            wake()

    async def call(self, method: str, who: str, path: str = "", **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer local-{who}"} | more.pop("headers", {})
        return await self.http.request(method, f"/v1/webhooks{path}", headers=headers, **more)

    async def hook(self, url: str, who: str = "acme", **more: Any) -> Json:
        made = await self.call("POST", who, json={"url": url} | more)
        assert made.status_code == 201, made.text
        found: Json = made.json()
        return found

    async def act(self, hook: Json, act: str, who: str = "acme", **more: Any) -> Json:
        done = await self.call("POST", who, f"/{hook['id']}/{act}", **more)
        assert done.status_code in (200, 202), done.text
        found: Json = done.json()
        return found

    async def seen(self, hook: Json, who: str = "acme") -> Json:
        found: Json = (await self.call("GET", who, f"/{hook['id']}")).json()
        return found

    async def deliveries(self, hook: Json, who: str = "acme", **query: Any) -> list[Json]:
        """Oldest first."""
        page = await self.call("GET", who, f"/{hook['id']}/deliveries", params=query)
        assert page.status_code == 200, page.text
        found: list[Json] = page.json()["items"]
        return found[::-1]

    async def until(self, hook: Json, *states: str, who: str = "acme") -> list[Json]:
        """Wait until the hook's deliveries stand so."""

        async def there() -> list[Json] | None:
            found = await self.deliveries(hook, who)
            return found if [each["state"] for each in found] == list(states) else None

        found = await eventually(there, what=f"deliveries {states}")
        assert found is not None
        return found

    async def attempts(self, delivery: Json, number: int, who: str = "acme") -> list[Json]:
        """Wait until so many attempts are written down; returns them."""

        async def there() -> list[Json] | None:
            path = f"/{delivery['webhook']}/deliveries/{delivery['id']}"
            log: list[Json] = (await self.call("GET", who, path)).json()["log"]
            return log if len(log) >= number else None

        found = await eventually(there, what=f"{number} attempts")
        assert found is not None
        return found

    async def hear(self, *facts: Recorded, live: bool = True) -> None:
        async with self.database.transaction() as tx:
            batch = Batch(tx, 0, facts, live)
            await self._entering.handle(batch)
        for callback in batch.committed:
            callback()

    def later(self, **span: float) -> None:
        """The database's clock as this service reads it goes on by so much."""
        self.database.offset += timedelta(**span)
        self._wake()

    @asynccontextmanager
    async def sending(self, poster: Posting | None = None) -> AsyncIterator[HookSender]:
        """An instance that sends; its presence ends with it."""
        presence = Presence(self.database)
        sender = HookSender(
            self.database,
            poster or Poster(local=True),
            presence,
            self.keys,
            jitter=lambda: 0.0,
            pause=lambda: 0.05,
        )
        self.woken.append(sender.wake)
        async with AsyncExitStack() as tasks:
            for work in (presence.run(), sender.run()):
                tasks.push_async_callback(_ended, asyncio.create_task(work))
            yield sender
        self.woken.remove(sender.wake)

    async def rows(self, table: str) -> Sequence[Any]:
        return await self.admin.fetch(f"SELECT * FROM notifier.{table}")

    async def close(self) -> None:
        await self.http.aclose()


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def ids(posts: Sequence[Post]) -> list[UUID]:
    return [UUID(post.headers["webhook-id"]) for post in posts]
