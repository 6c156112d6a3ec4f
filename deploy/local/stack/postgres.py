"""A real PostgreSQL from the machine's own server binaries, on 127.0.0.1 only."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import psycopg

from stack.places import Unready, secret, short_hash
from stack.prerequisites import postgres_binaries
from stack.server import Server

_ROOTS_STATE = Path("/var/lib/stafett")
_LOCALE = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
_SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "unix_socket_directories": "''",
    "max_connections": "300",
    "shared_buffers": "'256MB'",
    "max_wal_size": "'2GB'",
    "fsync": "on",
    "synchronous_commit": "on",
    "jit": "off",  # our statements are short: compiling them costs more than it saves
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
}


class PostgresServer(Server):
    """One PostgreSQL server with the empty database `stafett`; `url` is the administrator's.

    State: log and password (0600) in `state`, and the data in `home`. That is a folder of `state`, except
    when root calls: PostgreSQL refuses root, so it runs as `postgres` (or `nobody`) under /var/lib/stafett.
    Call `remove()` when that data is no longer wanted. A first start takes 1 to 2 s, a later one 0.2 s.
    """

    name = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, keeps a clean shutdown
    database = "stafett"
    administrator = "stafett"

    def __init__(self, state: Path, port: int = 0) -> None:
        super().__init__(state, port)
        root = os.geteuid() == 0
        self.home = _ROOTS_STATE / short_hash(state) if root else state / "home"
        self.data = self.home / "data"
        self._password_file = state / "admin-password"

    @property
    def user(self) -> str | None:
        """`postgres` or `nobody` when root calls, else the caller."""
        if os.geteuid() != 0:
            return None
        known = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in known else "nobody"

    @property
    def folder(self) -> Path:
        """The one folder that the user surely may enter."""
        return self.home

    @property
    def url(self) -> str:
        """The administrator's URL, password included."""
        return f"postgresql://{self.administrator}:{secret(self._password_file)}@127.0.0.1:{self.port}/{self.database}"

    @property
    def command(self) -> list[str]:
        """The server in the foreground; all settings stand in its own `postgresql.auto.conf`."""
        return [str(postgres_binaries() / "postgres"), "-D", str(self.data), "-p", str(self.port)]

    def start(self) -> Self:
        """Start; after `kill()`, once the old server's last child has let go of its memory."""
        deadline = time.monotonic() + 5
        while True:
            try:
                return super().start()
            except Unready as reason:
                if "shared memory block" not in str(reason) or time.monotonic() > deadline:
                    raise

    def prepare(self) -> None:
        """`initdb` and the database, unless they are there; raises `Unready` for data of a lost `.local`."""
        self.state.mkdir(parents=True, exist_ok=True)
        complete = self.state / "initialised"
        if complete.exists() and (self.data / "PG_VERSION").exists():
            return
        if self.home.exists() and self._password_file.exists():
            shutil.rmtree(self.home)  # an earlier attempt that never finished
        elif self.home.exists():
            raise Unready(
                f"{self.home} holds the data of a state folder that is gone: `make clean` removes it"
            )
        self._initialise(secret(self._password_file))
        complete.touch()

    def _initialise(self, password: str) -> None:
        self.home.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        self.home.mkdir(mode=0o700)
        handed = self.home / "password"
        handed.touch(0o600)
        handed.write_text(password)
        if self.user:
            shutil.chown(self.home, self.user)
            shutil.chown(handed, self.user)
        binaries = postgres_binaries()
        identity = ["-U", self.administrator, "--auth=scram-sha-256", f"--pwfile={handed}"]
        language = ["--encoding=UTF8", f"--locale={_LOCALE}"]
        self._run([str(binaries / "initdb"), "-D", str(self.data), "--no-sync", *identity, *language])
        handed.unlink()
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in _SETTINGS.items())
        self._run(
            [str(binaries / "postgres"), "--single", "-D", str(self.data), "postgres"],
            f"CREATE DATABASE {self.database}\n",
        )

    def _run(self, command: list[str], text: str = "") -> None:
        done = subprocess.run(
            command, input=text, text=True, capture_output=True, check=False, cwd=self.home, **self.identity
        )
        if done.returncode:
            raise Unready(f"{command[0]} failed:\n{done.stderr[-2000:]}")

    def is_ready(self) -> bool:
        """Does it take a session?"""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def remove(self) -> None:
        """Delete the data; the server must be stopped."""
        shutil.rmtree(self.home, ignore_errors=True)
        (self.state / "initialised").unlink(missing_ok=True)
