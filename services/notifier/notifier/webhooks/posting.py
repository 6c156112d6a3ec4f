"""One POST to a receiver that somebody outside has named, and what came of it. The HTTP library stands here.

The name is resolved, every address that it has is checked, and the connection goes to an address so checked,
with the name in SNI and Host: between the look and the connection nothing can be swapped. Redirects are
answers like others, proxies of the environment are not used, and of an answer only the beginning is read.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

import httpcore2

from notifier.domain.addresses import is_public
from notifier.webhooks.hearing import Hearing
from notifier.webhooks.resolving import Resolver
from notifier.webhooks.urls import LOOPBACK, BadUrl, Target, parse

TIMEOUT: Final = 15.0
"""Seconds for all of it: resolving, connecting, sending, and the answer's beginning."""
CONNECT: Final = 5.0
MOST_READ: Final = 8192
"""Bytes of an answer that are read; then the connection is closed."""
SHOWN: Final = 1000
"""Characters of an answer that are kept."""
MOST_ADDRESSES: Final = 3

_BROKEN: Final = (httpcore2.NetworkError, httpcore2.ProtocolError)
"""The connection broke, or what came over it is no HTTP."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class Posted(NamedTuple):
    """What came of an attempt. `error`: a stable code when it failed; `status`: None without an answer.

    `retry_after`: what the receiver asked for, seconds or an instant.
    """

    status: int | None
    error: str | None
    answer: str = ""
    retry_after: timedelta | datetime | None = None


class Unsafe(Exception):
    """The name leads to an address that is not outside."""


class Poster:
    """`local`: loopback only, without TLS. `roots` are the certificates trusted, the system's by default."""

    def __init__(
        self,
        *,
        local: bool,
        resolve: Resolve | None = None,
        roots: ssl.SSLContext | None = None,
        timeout: float = TIMEOUT,
        allowed: Callable[[str], bool] = is_public,
    ) -> None:
        self._local = local
        self._resolve = resolve or Resolver()
        self._roots = roots or ssl.create_default_context()
        self._timeout = timeout
        self._allowed = (lambda address: address == LOOPBACK) if local else allowed

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Never raises for what the receiver, its name or the network does."""
        try:
            target = parse(url, local=self._local)
            async with asyncio.timeout(self._timeout):
                return await self._post(target, headers, body)
        except BadUrl:
            return Posted(None, "url-refused")
        except Unsafe:
            return Posted(None, "address-refused")
        except (TimeoutError, httpcore2.TimeoutException):
            return Posted(None, "timeout")
        except httpcore2.ConnectError as error:
            return Posted(None, "tls" if isinstance(error.__context__, ssl.SSLError) else "connect")
        except _BROKEN:
            return Posted(None, "protocol")
        except (OSError, UnicodeError):
            return Posted(None, "name")

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Posted:
        addresses = await self._checked(target)
        for last, address in enumerate(addresses, 1 - len(addresses)):
            try:
                return await self._to(address, target, headers, body)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                # Nothing was sent yet, so the next address of the same name may be tried.
                if last == 0:
                    raise
        raise AssertionError("a checked name has an address")

    async def _checked(self, target: Target) -> Sequence[str]:
        async with asyncio.timeout(CONNECT):
            found = list(dict.fromkeys(await self._resolve(target.host, target.port)))
        # One bad address spoils the name: which of them would be used is not the receiver's to choose.
        if not found or not all(map(self._allowed, found)):
            raise Unsafe
        return sorted(found, key=lambda address: ":" in address)[:MOST_ADDRESSES]

    async def _to(self, address: str, target: Target, headers: Mapping[str, str], body: bytes) -> Posted:
        host = f"[{address}]" if ":" in address else address
        sent = [
            *headers.items(),
            ("Host", target.authority),
            ("Content-Length", str(len(body))),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ]
        timeouts = dict.fromkeys(("read", "write", "pool"), self._timeout) | {"connect": CONNECT}
        # A connection of its own: a kept one would be found by address, whatever name it was opened for.
        async with (
            httpcore2.AsyncConnectionPool(
                ssl_context=self._roots, http1=True, http2=False, network_backend=Hearing()
            ) as pool,
            pool.stream(
                "POST",
                httpcore2.URL(scheme=target.scheme, host=host, port=target.port, target=target.path),
                headers=sent,
                content=body,
                extensions={"sni_hostname": target.host, "timeout": timeouts},
            ) as response,
        ):
            return _judged(response, await _beginning(response))


async def _beginning(response: httpcore2.Response) -> str:
    read = bytearray()
    try:
        async for chunk in response.aiter_stream():
            read += chunk
            if len(read) >= MOST_READ:
                break
    except (*_BROKEN, httpcore2.TimeoutException):
        pass  # The status stands: a body that breaks off does not change what the receiver said.
    text = bytes(read[:MOST_READ]).decode("utf-8", "replace")
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:SHOWN]


def _judged(response: httpcore2.Response, answer: str) -> Posted:
    status = response.status
    if 200 <= status < 300:
        return Posted(status, None, answer)
    kind = "gone" if status == 410 else "redirect" if 300 <= status < 400 else "status"
    return Posted(status, kind, answer, _retry_after(response))


def _retry_after(response: httpcore2.Response) -> timedelta | datetime | None:
    value = {name.lower(): said.decode("latin-1") for name, said in response.headers}.get(b"retry-after")
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return timedelta(seconds=min(int(value.strip()[:9]), 86400))
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
