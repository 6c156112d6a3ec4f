"""A service as a process: how it starts, refuses to start, and ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from shared.testing.waiting import eventually

PROGRAM = """
import asyncio, os, sys
from shared.runtime.app import create_app
from shared.runtime.serve import main, server
from shared.runtime.settings import ServiceSettings
from shared.runtime.tasks import Supervised

async def forever():
    try:
        await asyncio.Event().wait()
    finally:
        print("task stopped", flush=True)

async def crash(app):
    while "crash" not in sys.argv:
        await asyncio.sleep(60)
    raise RuntimeError("anna@example.org")

async def run(settings):
    app = create_app("example", settings, [])
    async with Supervised() as tasks:
        tasks.start("forever", forever())
        tasks.start("crash", crash(app))
        await server(app, settings).serve()
    print("all closed", flush=True)

main("example", ServiceSettings, run)
"""


@pytest.fixture
def trace_file(tmp_path: Path) -> Path:
    return tmp_path / "spans.jsonl"


@pytest.fixture
def environment(trace_file: Path, demo_credentials: Path) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "APP_ENV": "local",
        "PORT": str(port),
        "DATABASE_URL": "postgresql://user:hunter2@db/x",
        "CREDENTIALS_FILE": str(demo_credentials),
        "TRACE_FILE": str(trace_file),
    }


def started(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address).close()
    except OSError:
        return False
    return True


@pytest.fixture
def running(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = started(environment)
    yield process
    process.kill()
    process.wait()


async def test_a_signal_ends_it_in_order(
    running: subprocess.Popen[str], environment: dict[str, str], trace_file: Path
) -> None:
    address = ("127.0.0.1", int(environment["PORT"]))
    await eventually(lambda: listens(address))
    async with httpx2.AsyncClient() as client:
        assert (await client.get(f"http://{address[0]}:{address[1]}/readyz")).status_code == 200
    running.send_signal(signal.SIGTERM)
    printed, _ = running.communicate(timeout=10)
    assert running.returncode == 0
    assert "task stopped" in printed
    assert "all closed" in printed
    assert "GET /readyz" in await asyncio.to_thread(trace_file.read_text)


def test_a_crashed_task_ends_it_with_a_clear_line(environment: dict[str, str]) -> None:
    process = started(environment, "crash")
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 70
    assert '"task":"crash"' in printed
    assert "anna@example.org" not in printed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"APP_ENV": "production"}, "demo credential"),
        ({"HOST": "0.0.0.0"}, "HOST must be 127.0.0.1"),
    ],
)
def test_it_refuses_to_start_in_one_clear_line(
    environment: dict[str, str], change: dict[str, str], words: str
) -> None:
    process = started(environment | change)
    printed, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert words in printed
    assert "Traceback" not in printed
    assert "hunter2" not in printed
