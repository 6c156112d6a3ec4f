"""Connections over which a receiver is heard little at a time, and not without end.

The HTTP library reads 64 KiB at once and parses all of it before anything else runs, and it passes over any
number of interim answers (`100 Continue`). A receiver that sends nothing else would keep a whole process
busy, for as long as an attempt may last.
"""

# ruff: noqa: ASYNC109 - the signatures are the library's

import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore2
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream

AT_ONCE: Final = 2048
"""Bytes that are read, and so parsed, before others have their turn."""
ALTOGETHER: Final = 64 * 1024
"""Bytes of an answer, its head and all interim ones included; whoever says more is cut off."""


class Hearing(AsyncNetworkBackend):
    """Opens such connections; each serves one answer."""

    def __init__(self) -> None:
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """As the library's own."""
        return _Heard(await self._plain.connect_tcp(host, port, timeout, local_address, socket_options))


class _Heard(AsyncNetworkStream):
    def __init__(self, stream: AsyncNetworkStream) -> None:
        self._stream = stream
        self._left = ALTOGETHER

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._left <= 0:
            raise httpcore2.ReadError("the answer is too long")
        heard = await self._stream.read(min(max_bytes, AT_ONCE), timeout)
        self._left -= len(heard)
        return heard

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> AsyncNetworkStream:
        return _Heard(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
