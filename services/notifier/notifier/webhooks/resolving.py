"""Looking up names that somebody outside has chosen, whose servers may answer slowly or never.

The system's resolver blocks a thread, and nothing ends it before its own time is up, long after whoever asked
has left. In the loop's few threads such names would hold up every other connection of the process. So
each name has a thread of its own, one however many ask for it; a daemon, so that none holds up our end.
"""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from functools import partial
from threading import Thread
from typing import Final

MOST: Final = 256
"""Names that are looked up at once."""


class Resolver:
    """One per process."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._asked: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """The addresses of `host`. Raises OSError, UnicodeError."""
        asked = self._asked.get((host, port)) or self._ask(host, port)
        # Whoever leaves early leaves the others their answer.
        return await asyncio.shield(asked)

    def _ask(self, host: str, port: int) -> "asyncio.Future[list[str]]":
        if len(self._asked) >= self._most:
            raise OSError("too many names are being looked up")
        loop = asyncio.get_running_loop()
        asked: asyncio.Future[list[str]] = loop.create_future()
        self._asked[host, port] = asked

        def forget(done: "asyncio.Future[list[str]]") -> None:
            del self._asked[host, port]
            done.exception()  # nobody may be left who asks for it

        asked.add_done_callback(forget)
        Thread(target=_look_up, args=(loop, asked, host, port), name="resolving", daemon=True).start()
        return asked


def _look_up(
    loop: asyncio.AbstractEventLoop, asked: "asyncio.Future[list[str]]", host: str, port: int
) -> None:
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except Exception as error:
        told = partial(asked.set_exception, error)
    else:
        told = partial(asked.set_result, found)
    with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(told)
