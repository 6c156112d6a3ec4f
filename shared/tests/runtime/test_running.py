"""Waiting, background tasks, the watchdog, and a real server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi import FastAPI

from shared.errors import NotFound
from shared.events.ids import new_id
from shared.runtime.consistency import await_until, await_young
from shared.runtime.serve import server
from shared.runtime.settings import ServiceSettings
from shared.runtime.tasks import CRASHED, Supervised
from shared.runtime.watchdog import LOOKS, Watchdog
from shared.testing.waiting import eventually

OLD = UUID("01900000-0000-7000-8000-000000000000")


class Arriving:
    """Known only from the n-th time that it is asked for."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.asked = 0

    async def __call__(self) -> str:
        self.asked += 1
        if self.asked < self.after:
            raise NotFound("ticket-not-found", "no")
        return "here"


async def test_a_young_unknown_id_is_awaited() -> None:
    assert await await_young(new_id(), Arriving(after=4)) == "here"


async def test_a_young_id_that_never_comes_is_not_found_within_the_bound() -> None:
    with pytest.raises(NotFound):
        await await_young(new_id(), Arriving(after=1000), bound=0.05)


FAR = UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")
"""Made in the year 10889, if its bits are to be believed: no datetime can say that."""


@pytest.mark.parametrize("identifier", [OLD, FAR, uuid4()])
async def test_an_old_or_foreign_id_is_not_found_at_once(identifier: UUID) -> None:
    probe = Arriving(after=2)
    with pytest.raises(NotFound):
        await await_young(identifier, probe)
    assert probe.asked == 1


async def test_waiting_ends_with_the_last_answer() -> None:
    answers = iter(range(1000))

    async def probe() -> int:
        return next(answers)

    assert await await_until(probe, lambda n: n == 3) == 3
    assert await await_until(probe, lambda _: False, bound=0.02) > 3


async def test_a_crashed_task_ends_the_process() -> None:
    ended: list[int] = []

    async def crash() -> None:
        raise ValueError("anna@example.org")

    async with Supervised(end=ended.append) as tasks:
        await tasks.start("relay", crash())
    assert ended == [CRASHED]


async def test_a_task_that_ends_though_it_never_should_ends_the_process() -> None:
    ended: list[int] = []

    async def returns() -> None:
        return

    async with Supervised(end=ended.append) as tasks:
        await tasks.start("once", returns(), may_end=True)
        assert ended == []
        await tasks.start("relay", returns())
    assert ended == [CRASHED]


async def test_stopping_is_bounded_and_ends_nothing() -> None:
    ended: list[int] = []
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue

    tasks = Supervised(stop_within=0.05, end=ended.append)
    task = tasks.start("stubborn", stubborn())
    await asyncio.sleep(0)
    await tasks.stop()
    assert not task.done()
    released.set()
    await task
    assert ended == []


@pytest.mark.parametrize(
    ("waiting", "moving", "probe", "ends"),
    [
        (True, False, True, True),
        (False, False, True, False),
        (True, True, True, False),
        (True, False, False, False),
        (True, False, None, False),
    ],
    ids=["stuck", "idle", "moving", "dependency refuses", "dependency away"],
)
async def test_the_watchdog_ends_only_a_process_that_is_stuck(
    waiting: bool, moving: bool, probe: bool | None, ends: bool
) -> None:
    ended: list[int] = []
    looked = 0

    def moved() -> int:
        nonlocal looked
        looked += 1
        return looked if moving else 0

    async def waits() -> bool:
        return waiting

    async def probed() -> bool:
        if probe is None:
            raise ConnectionError
        return probe

    task = asyncio.create_task(
        Watchdog("relay", waits, moved, probed, patience=0.005, end=ended.append).run()
    )

    await eventually(lambda: looked > 4 * LOOKS)
    task.cancel()
    assert bool(ended) == ends


async def test_a_dependency_that_was_away_for_a_moment_begins_the_patience_anew() -> None:
    ended: list[int] = []
    probes = 0

    async def waits() -> bool:
        return True

    async def probed() -> bool:
        nonlocal probes
        probes += 1
        return probes % LOOKS != 0

    task = asyncio.create_task(
        Watchdog("consumer", waits, lambda: 0, probed, patience=0.005, end=ended.append).run()
    )
    await eventually(lambda: probes > 4 * LOOKS)
    task.cancel()
    assert ended == []


@pytest.fixture
async def address(app: FastAPI, settings: Callable[..., ServiceSettings]) -> AsyncIterator[tuple[str, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    running = server(app, settings(port=port))
    task = asyncio.create_task(running.serve())
    await eventually(lambda: running.started)
    yield "127.0.0.1", port
    running.should_exit = True
    await task


async def test_a_real_server_answers_without_naming_itself(address: tuple[str, int]) -> None:
    async with httpx2.AsyncClient(base_url=f"http://{address[0]}:{address[1]}") as client:
        response = await client.get("/livez")
    assert response.status_code == 200
    assert "server" not in response.headers


@pytest.mark.parametrize("declared", [True, False])
async def test_a_real_server_refuses_a_large_body_before_it_has_come(
    address: tuple[str, int], declared: bool
) -> None:
    reader, writer = await asyncio.open_connection(*address)
    length = "Content-Length: 10000000" if declared else "Transfer-Encoding: chunked"
    writer.write(
        "\r\n".join(
            [
                "POST /v1/notes HTTP/1.1",
                "Host: test",
                "Authorization: Bearer local-acme",
                "Content-Type: application/json",
                length,
                "\r\n",
            ]
        ).encode()
    )
    if not declared:
        writer.write(b"50000\r\n" + b"x" * 0x50000 + b"\r\n")
    async with asyncio.timeout(5):
        status = await reader.readline()
    writer.close()
    assert b" 413 " in status
