"""Processes that outlived their supervisor: found by a mark in their environment, and ended."""

import contextlib
import os
import signal
import time
from pathlib import Path

from stack.places import LOCAL

MARK = "STAFETT_STATE"


def end_leftovers() -> None:
    """End what a killed daemon left behind, known by the mark in their environment (Linux only)."""
    deadline = time.monotonic() + 15
    how = signal.SIGINT  # PostgreSQL's "fast"; the others take it as SIGTERM
    while (left := _marked()) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        ending = time.monotonic() + 10
        while any(alive(pid) for pid in left) and time.monotonic() < ending:
            time.sleep(0.1)
        how = signal.SIGKILL


def _marked() -> list[int]:
    mark = f"{MARK}={LOCAL}".encode()
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return found


def alive(pid: int) -> bool:
    """Does that process run? One that has ended but was not waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        if Path("/proc/self").exists():
            return False
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True
    return state != "Z"
