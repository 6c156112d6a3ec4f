"""Names whose servers do not answer hold up neither other names nor the rest of the process."""

import asyncio
import socket
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from notifier.webhooks.resolving import Resolver

PUBLIC = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 443))]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names that the system's resolver was asked for; those under `slow` are answered at the end."""
    answered, names = Event(), list[str]()

    def getaddrinfo(host: str, *_: Any, **__: Any) -> list[Any]:
        names.append(host)
        if host.endswith(".slow.example.org"):
            answered.wait()
        if host == "unknown.example.org":
            raise socket.gaierror("no such name")
        return PUBLIC

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield names
    answered.set()


async def test_slow_names_hold_up_neither_others_nor_the_loops_own_threads(asked: list[str]) -> None:
    resolve = Resolver()
    slow = [asyncio.ensure_future(resolve(f"h{n}.slow.example.org", 443)) for n in range(40)]
    async with asyncio.timeout(5):
        assert await resolve("hooks.example.org", 443) == ["1.1.1.1"]
        await asyncio.to_thread(str)
    assert not any(each.done() for each in slow)
    for each in slow:
        each.cancel()


async def test_a_slow_name_has_one_look_up_however_many_ask_and_leave(asked: list[str]) -> None:
    resolve = Resolver()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(resolve("a.slow.example.org", 443), 0.01)
    assert asked == ["a.slow.example.org"]


async def test_past_the_bound_a_name_is_refused_until_another_is_answered(asked: list[str]) -> None:
    resolve = Resolver(most=1)
    waiting = asyncio.ensure_future(resolve("a.slow.example.org", 443))
    await asyncio.sleep(0)
    with pytest.raises(OSError, match="too many names"):
        await resolve("hooks.example.org", 443)
    waiting.cancel()


async def test_an_unknown_name_is_asked_for_anew(asked: list[str]) -> None:
    resolve = Resolver()
    for _ in range(2):
        with pytest.raises(OSError, match="no such name"):
            await resolve("unknown.example.org", 443)
    assert asked == ["unknown.example.org"] * 2
