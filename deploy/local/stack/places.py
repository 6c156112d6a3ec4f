"""Where things lie: the checkout, its state in `.local/`, and the caches that outlive it."""

import hashlib
import os
import secrets
import socket
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
LOCAL = CHECKOUT / ".local"
LOGS = LOCAL / "log"
KAFKA_FOLDER = CHECKOUT / "deploy/local/kafka"


class Unready(Exception):
    """The stack cannot come up; the message says in plain words why, and what to do about it."""


def cache() -> Path:
    """The folder for downloads, kept by `make clean`."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "stafett"


def short_hash(path: Path) -> str:
    """A name for one folder of this machine, the same each time."""
    return hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]


def control_socket() -> Path:
    """The supervisor's socket, in the temporary folder where its path would pass the kernel's 107 bytes."""
    path = LOCAL / "supervisor.sock"
    if len(str(path)) <= 90:
        return path
    return Path(tempfile.gettempdir()) / f"stafett-{os.getuid()}-{short_hash(CHECKOUT)}.sock"


def secret(path: Path) -> str:
    """The random secret in that file (mode 0600), made on first use."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
    return path.read_text().strip()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Does anyone accept connections on that port of 127.0.0.1?"""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, or nothing where there is none."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else ""
