"""A server process of this machine that tests may start, stop, kill, freeze and start again."""

import os
import pwd
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import Self, TypedDict

from stack.places import Unready, free_port, listening, tail


class Identity(TypedDict, total=False):
    """Arguments of `subprocess.Popen` that change the user."""

    user: str
    group: int
    extra_groups: list[str | int]


class Server(ABC):
    """One foreground process with its state in a folder; also a context manager that starts and stops it.

    The process never outlives its starter: a leash (a shell that waits for our end of a pipe to close)
    kills it even when the starter itself dies of SIGKILL.
    """

    name: str
    stop_signal = signal.SIGTERM
    start_seconds = 30.0
    stop_seconds = 20.0

    def __init__(self, state: Path, port: int) -> None:
        self.state = state
        self.port = port or free_port()
        self.log = state / f"{self.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._leash: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Create the state unless it is there already; does not start anything."""

    @property
    @abstractmethod
    def command(self) -> list[str]:
        """The foreground command."""

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the command."""
        return dict(os.environ)

    @property
    def user(self) -> str | None:
        """The user that must run the command, or None for the caller."""
        return None

    @property
    def identity(self) -> Identity:
        """What makes `subprocess` run a command as `user`."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    @property
    def folder(self) -> Path:
        """The working directory of the command."""
        return self.state

    @abstractmethod
    def is_ready(self) -> bool:
        """Does it answer clients now?"""

    @property
    def pid(self) -> int:
        """The running process; raises `Unready` when there is none."""
        if self._process is None:
            raise Unready(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it answers; raises `Unready` with the end of its log."""
        if listening(self.port):
            raise Unready(f"{self.name} cannot start: port {self.port} is in use")
        self.prepare()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
                **self.identity,
            )
        self._leash = subprocess.Popen(
            ["/bin/sh", "-c", 'read -r _; kill -9 "$1"', "leash", str(self.pid)],
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.wait_ready()
        return self

    def wait_ready(self) -> None:
        """Wait until it answers, at most `start_seconds`."""
        deadline = time.monotonic() + self.start_seconds
        while not self.is_ready():
            ended = self._process is not None and self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                why = "ended at once" if ended else f"gave no answer within {self.start_seconds:.0f} s"
                self._let_go()
                raise Unready(f"{self.name} {why}; the end of {self.log}:\n{tail(self.log)}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop cleanly; killed when it takes more than `stop_seconds`. Harmless when it does not run."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        """A clean stop, then a start on the same state and port."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): it holds its connections and answers nobody."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw what `pause` froze."""
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is not None and process.poll() is None:
            process.send_signal(how)
            process.send_signal(signal.SIGCONT)
            try:
                process.wait(self.stop_seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._leash is not None:
            self._leash.kill()
            self._leash.communicate()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._leash = self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()
