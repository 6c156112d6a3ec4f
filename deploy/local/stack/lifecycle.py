"""`up`, `down`, `clean`: the stack's whole life."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from stack.addresses import SERVICES, Addresses
from stack.console import console, show_addresses, step
from stack.jars import cached, jars, version
from stack.leftovers import end_leftovers
from stack.places import CHECKOUT, LOCAL, LOGS, Unready, listening, tail
from stack.prerequisites import printing
from stack.probes import all_ready, await_services
from stack.programs import Stack, own_postgres
from stack.supervision import Supervisor, write_config


def up() -> None:
    """Bring everything up and wait until it is ready; harmless when it is already. Raises `Unready`."""
    with _alone():
        stack = Stack.from_environment()
        supervisor = Supervisor()
        if supervisor.running() is None:
            end_leftovers()
            _refuse_taken_ports(stack)
        _prepare(stack)
        digest = write_config(stack.servers(), stack.services())
        running = supervisor.running()
        if running == digest and all_ready(stack.addresses):
            console.print("Everything is up already (to run changed code: `make down up`).")
        else:
            _bring_up(stack, supervisor, changed=running not in (None, digest))
    show_addresses(stack.addresses, portal=listening(stack.addresses.base))


def _bring_up(stack: Stack, supervisor: Supervisor, *, changed: bool) -> None:
    if changed:
        with step("Stopping what ran with other settings"):
            supervisor.shut_down()
    if supervisor.running() is None:
        supervisor.launch()
    with step(
        "Starting "
        + (" and ".join(p.name for p in stack.servers()) or "no servers: the environment names them")
    ):
        supervisor.start("servers")
        for server in (stack.postgres, stack.kafka):
            if server is not None:
                server.log = LOGS / f"{server.name}.log"
                server.wait_ready()
    with step("Bringing tables and topics up to date"):
        _run_jobs(stack)
    with step("Starting the services"):
        supervisor.start("services")
        await_services(stack.addresses)


def _prepare(stack: Stack) -> None:
    if stack.kafka and not cached():
        with step(f"Fetching Apache Kafka {version()} (once, 54 MB)"):
            jars()
    servers = [server for server in (stack.postgres, stack.kafka) if server is not None]
    if stack.postgres and not stack.postgres.home.exists():
        where = stack.postgres.home
        console.print(
            f"PostgreSQL's data will lie in {where}", "(it does not run as root)" if os.geteuid() == 0 else ""
        )
    for server in servers:
        _ = server.command  # a missing program is installed, or told, before anything starts
    if missing := printing():
        console.print(missing)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda server: server.prepare(), servers))


def _run_jobs(stack: Stack) -> None:
    migrate = ("migrate", ["shared.eventstore.migrate", *SERVICES])
    topics = ("topics", ["shared.messaging.topics"])
    environment = os.environ | {
        "DATABASE_ADMIN_URL": stack.admin_url,
        "SERVICE_DATABASE_PASSWORD": stack.service_password,
        "KAFKA_BOOTSTRAP_SERVERS": stack.bootstrap,
        "APP_ENV": "local",
    }
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda job: _run(job[0], job[1], environment), (migrate, topics)))


def _run(name: str, module: list[str], environment: dict[str, str]) -> None:
    log = LOGS / f"{name}.log"
    with log.open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-m", *module],
            env=environment,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise Unready(f"{name} failed; the end of {log}:\n{tail(log)}")


def _refuse_taken_ports(stack: Stack) -> None:
    taken = [f"{port} ({name})" for name, port in stack.ports().items() if listening(port)]
    if taken:
        raise Unready(
            f"another program listens on {', '.join(taken)}: stop it, or choose others with PORT_BASE=9000"
        )


def down() -> None:
    """Stop everything that `up` started; harmless when nothing runs."""
    with _alone():
        if Supervisor().running() is not None:
            with step("Stopping everything"):
                Supervisor().shut_down()
        else:
            Supervisor().shut_down()
            console.print("Nothing is running.")


def clean() -> None:
    """Stop everything and forget all state: `.local/`, and PostgreSQL's folder where that is elsewhere."""
    down()
    own_postgres(Addresses.from_environment()).remove()
    shutil.rmtree(LOCAL, ignore_errors=True)
    console.print("Removed .local/ and the database. Downloads stay in the cache.")


@contextmanager
def _alone() -> Iterator[None]:
    """Two at once would tread on each other: the second waits."""
    LOCAL.mkdir(parents=True, exist_ok=True)
    with (LOCAL / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
