"""A process that is started again whenever it ends, and never outlives us."""

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from faults.journal import clock

STOP_WITHIN = 15.0
SHORTEST, LONGEST = 0.1, 2.0
"""Seconds between an end and the next start; the pause grows while it keeps dying young."""


@dataclass(frozen=True, slots=True)
class Exit:
    """An end that nobody asked for with `stop()`; `planned`: we killed it."""

    at: datetime
    code: int
    planned: bool


class Program:
    """One supervised process; its output is appended to `log`."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.exits: list[Exit] = []
        self._stopping = threading.Event()
        self._planned = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=name, daemon=True)
        # Kills the newest process when our end of its pipe closes, should we die of SIGKILL ourselves.
        self._leash = subprocess.Popen(
            [
                "/bin/sh",
                "-c",
                'last=; while read -r pid; do last=$pid; done; [ -z "$last" ] || kill -9 "$last"',
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def kill(self) -> None:
        """SIGKILL; it is started again."""
        self._planned = True
        self._signal(signal.SIGKILL)

    def freeze(self) -> None:
        """SIGSTOP: it keeps its connections and answers nobody."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it for good: SIGTERM, and SIGKILL when that takes too long."""
        self._stopping.set()
        self._signal(signal.SIGCONT)
        self._signal(signal.SIGTERM)
        self._thread.join(STOP_WITHIN)
        if self._thread.is_alive():
            self._signal(signal.SIGKILL)
            self._thread.join(STOP_WITHIN)
        self._leash.kill()
        self._leash.communicate()

    def _signal(self, which: signal.Signals) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            os.kill(process.pid, which)

    def _keep(self) -> None:
        pause = SHORTEST
        while not self._stopping.is_set():
            began = time.monotonic()
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self.command,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            if self._leash.stdin is not None:
                self._leash.stdin.write(f"{self._process.pid}\n".encode())
                self._leash.stdin.flush()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            self.exits.append(Exit(clock(), code, self._planned))
            self._planned = False
            pause = SHORTEST if time.monotonic() - began > 5 else min(2 * pause, LONGEST)
            self._stopping.wait(pause)
