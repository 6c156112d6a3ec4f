"""Supervisor, told what to run and asked how it is: one daemon per checkout, controlled by a unix socket."""

import hashlib
import os
import subprocess
import sys
import time
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from stack.leftovers import MARK, alive, end_leftovers
from stack.places import LOCAL, LOGS, Unready, control_socket, tail
from stack.programs import Program

_CONFIG = LOCAL / "supervisord.conf"
_FOREVER = 10**9


def write_config(servers: list[Program], services: list[Program]) -> str:
    """Write the daemon's configuration; returns a digest of it, by which a running one knows itself."""
    LOGS.mkdir(parents=True, exist_ok=True)
    body = "\n".join(
        [_group("services", 200, services), _group("servers", 100, servers)]
        + [section(program) for program in servers + services]
    )
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    socket = control_socket()
    root = "user=root\n" if os.geteuid() == 0 else ""
    head = (
        f"[unix_http_server]\nfile={socket}\nchmod=0700\n\n"
        f"[supervisord]\nidentifier={digest}\ndirectory={LOCAL}\npidfile={LOCAL}/supervisord.pid\n"
        f"logfile={LOGS}/supervisord.log\nlogfile_maxbytes=5MB\nlogfile_backups=2\nchildlogdir={LOGS}\n{root}\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n\n"
    )
    with os.fdopen(os.open(_CONFIG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(head + body)
    return digest


def _group(name: str, priority: int, programs: list[Program]) -> str:
    """Stopped as one, services before the servers that they use."""
    names = ",".join(program.name for program in programs)
    return f"[group:{name}]\nprograms={names}\npriority={priority}\n" if programs else ""


def section(program: Program) -> str:
    """One program in the daemon's language; raises `Unready` for a value that it would misread."""
    environment = program.environment | {MARK: str(LOCAL)}
    command = " ".join(_quoted(word) for word in program.command)
    settings = {
        "command": command,
        "directory": program.folder,
        "environment": ",".join(f"{name}={_quoted(value)}" for name, value in environment.items()),
        "autostart": "false",
        "autorestart": "true",
        "startretries": _FOREVER,  # each try waits a second longer than the one before, none is the last
        "stopsignal": program.stop_signal,
        "stopwaitsecs": 20,
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": LOGS / f"{program.name}.log",
        "stdout_logfile_maxbytes": "10MB",
        "stdout_logfile_backups": 3,
    }
    if program.user:
        settings["user"] = program.user
    return f"[program:{program.name}]\n" + "".join(f"{name}={value}\n" for name, value in settings.items())


def _quoted(word: str) -> str:
    if '"' in word or "\n" in word:
        raise Unready(f"a quotation mark or line break in {word!r} cannot be passed to supervisor")
    return '"' + word.replace("%", "%%") + '"'


class Supervisor:
    """The daemon of this checkout, running or not."""

    def running(self) -> str | None:
        """The digest of the configuration that it runs, or None when it does not run."""
        try:
            return str(self._call("getIdentification"))
        except (OSError, Unready):
            return None

    def launch(self) -> None:
        """Start the daemon, with nothing in it running yet."""
        environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        done = subprocess.run(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(_CONFIG)],
            env=environment,
            cwd=LOCAL,
            capture_output=True,
            text=True,
            check=False,
        )
        deadline = time.monotonic() + 10
        while self.running() is None:
            if done.returncode or time.monotonic() > deadline:
                raise Unready(
                    f"supervisord did not start:\n{done.stdout}{done.stderr}{tail(LOGS / 'supervisord.log')}"
                )
            time.sleep(0.05)

    def start(self, group: str) -> None:
        """Start what does not run yet of that group."""
        for process in self.processes():
            if process["group"] == group:
                self._tolerating(Faults.ALREADY_STARTED, "startProcess", f"{group}:{process['name']}", False)

    def processes(self) -> list[dict[str, Any]]:
        """Name, group, state and pid of each program."""
        return list(self._call("getAllProcessInfo"))

    def shut_down(self) -> None:
        """Stop everything, services first; waits until the daemon is gone."""
        if self.running() is not None:
            pid = int(self._call("getPID"))
            self._tolerating(Faults.SHUTDOWN_STATE, "shutdown")
            deadline = time.monotonic() + 60
            while alive(pid) and time.monotonic() < deadline:
                time.sleep(0.05)
        end_leftovers()

    def _tolerating(self, fault: int, method: str, *arguments: object) -> None:
        try:
            self._call(method, *arguments)
        except Fault as refused:
            if refused.faultCode != fault:
                raise

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{control_socket()}")
        try:
            proxy = ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)
        finally:
            transport.close()
