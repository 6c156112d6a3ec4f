"""A whole system of our own: PostgreSQL, Kafka, the mail sink and five services, on free ports."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psycopg
from confluent_kafka.admin import AdminClient

from faults.programs import Program
from faults.waiting import until
from stack.addresses import as_login
from stack.kafka import KafkaServer
from stack.places import CHECKOUT, Unready, free_port, listening, secret, tail
from stack.postgres import PostgresServer

SERVICES = ("intake", "sla_engine", "escalation", "notifier", "projections")
READY_WITHIN = 90.0
GIVEN_UP = 5
"""Ends of its own after which a program is not waited for any longer."""


class Machine:
    """Start it, make it `fresh()` for each scenario, stop it; `logs`: where the services write theirs."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self.folder = folder
        self.logs = logs
        self.postgres = PostgresServer(folder / "postgres")
        self.kafka = KafkaServer(folder / "kafka")
        self.mail = folder / "mail"
        self.credentials = CHECKOUT / "seeds/local/credentials.yaml"
        self.ports = {name: free_port() for name in (*SERVICES, "smtp")}
        self.programs: dict[str, Program] = {}
        self._runs = 0

    def url(self, service: str) -> str:
        """Where a service answers."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def start(self) -> None:
        """The servers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.start(), (self.postgres, self.kafka)))

    async def fresh(self, sabotage: Mapping[str, str] | None = None) -> None:
        """Empty database, topics and mailbox; then the services, ready. Raises Overdue or Unready.

        `sabotage`: which service gets which planted bug.
        """
        self.stop_services()
        self._runs += 1
        self._empty()
        bugs = sabotage or {}
        self._add("sink", [sys.executable, "-m", "notifier.sink"], {})
        for name in SERVICES:
            run = ["faults.saboteur", bugs[name], name] if name in bugs else [name]
            self._add(name, [sys.executable, "-m", *run], self._own(name, name))
        await self.ready()

    async def restarted(self, environment: Mapping[str, str] | None = None, through: str = "") -> None:
        """The services again over what is stored; `through` a module that takes a service's name and runs it,
        with more in their `environment`. Raises Overdue or Unready.
        """
        self.stop_services()
        self._runs += 1
        self._add("sink", [sys.executable, "-m", "notifier.sink"], {})
        for name in SERVICES:
            run = [through, name] if through else [name]
            own = {**self._own(name, name), **(environment or {})}
            self._add(name, [sys.executable, "-m", *run], own)
        await self.ready()

    async def second(self, service: str) -> str:
        """Another instance of a service, beside the first; returns its name."""
        name = f"{service}-2"
        self.ports[name] = free_port()
        self._add(name, [sys.executable, "-m", service], self._own(service, name))
        await self.ready()
        return name

    async def ready(self) -> None:
        """Wait until every program answers."""
        async with httpx2.AsyncClient(timeout=2, trust_env=False) as client:

            async def all_ready() -> bool:
                for name, program in self.programs.items():
                    if sum(not exit_.planned for exit_ in program.exits) >= GIVEN_UP:
                        raise Unready(f"{name} does not start:\n{self.end_of_log(name, 5)}")
                    if name == "sink":
                        if not listening(self.ports["smtp"]):
                            return False
                        continue
                    try:
                        answer = await client.get(f"{self.url(name)}/readyz")
                    except httpx2.HTTPError:
                        return False
                    if answer.status_code != 200:
                        return False
                return True

            await until("every service is ready", all_ready, READY_WITHIN)

    def stop_services(self) -> None:
        """End the services; the servers stay."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda program: program.stop(), self.programs.values()))
        self.programs = {}

    def stop(self) -> None:
        """End everything and delete the database's files."""
        self.stop_services()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda server: server.stop(), (self.postgres, self.kafka)))
        self.postgres.remove()

    async def once(self, service: str, *arguments: str, bound: float = 120.0) -> None:
        """Run one of a service's own commands to its end. Raises Unready when it fails, or takes too long."""
        environment = {**os.environ, **self._common(), **self._own(service, service)}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", service, *arguments),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(bound):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            raise Unready(f"{service} {' '.join(arguments)} took more than {bound:.0f} s") from None
        if process.returncode:
            raise Unready(f"{service} {' '.join(arguments)} failed:\n{output.decode()[-1000:]}")

    def unplanned(self) -> list[str]:
        """Processes that ended by themselves."""
        return [
            f"{program.name} ended by itself at {exit_.at:%H:%M:%S} with {exit_.code}"
            for program in self.programs.values()
            for exit_ in program.exits
            if not exit_.planned
        ]

    def end_of_log(self, name: str, lines: int = 15) -> str:
        """The last lines that a program wrote."""
        return tail(self.programs[name].log, lines)

    def _empty(self) -> None:
        shutil.rmtree(self.mail, ignore_errors=True)
        self.mail.mkdir(parents=True)
        with psycopg.connect(self._url("postgres"), autocommit=True) as admin:
            admin.execute("DROP DATABASE IF EXISTS stafett WITH (FORCE)")
            admin.execute("CREATE DATABASE stafett")
        client = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        topics = [name for name in client.list_topics(timeout=10).topics if not name.startswith("__")]
        for future in client.delete_topics(topics).values() if topics else ():
            future.result(20)
        for group in [found.group_id for found in client.list_consumer_groups().result(20).valid]:
            client.delete_consumer_groups([group])[group].result(20)
        self._job("shared.eventstore.migrate", *SERVICES)
        self._job("shared.messaging.topics")

    def _job(self, *module: str) -> None:
        environment = os.environ | {
            "DATABASE_ADMIN_URL": self.postgres.url,
            "SERVICE_DATABASE_PASSWORD": self._password,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "APP_ENV": "local",
        }
        done = subprocess.run(
            [sys.executable, "-m", *module],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        if done.returncode:
            raise Unready(f"{module[0]} failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")

    def _add(self, name: str, command: list[str], own: Mapping[str, str]) -> None:
        log = self.logs / f"{self._runs:02d}-{name}.log"
        program = Program(name, command, {**os.environ, **self._common(), **own}, log)
        self.programs[name] = program
        program.start()

    def _own(self, service: str, name: str) -> dict[str, str]:
        url = as_login(self.postgres.url, service, self._password)
        return {"PORT": str(self.ports[name]), "DATABASE_URL": url}

    def _common(self) -> dict[str, str]:
        return {
            "APP_ENV": "local",
            "HOST": "127.0.0.1",
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "SERVICE_TOKEN": "local-service",
            "CREDENTIALS_FILE": str(self.credentials),
            "SEEDS_DIR": str(CHECKOUT / "seeds/local"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.ports["smtp"]),
            "MAIL_DIR": str(self.mail),
            "MAIL_FROM": "support@stafett.example",
            "PORTAL_URL": "http://127.0.0.1:8000",
            "PYTHONUNBUFFERED": "1",
            **{f"{name.upper()}_URL": self.url(name) for name in SERVICES},
        }

    @property
    def database_url(self) -> str:
        """The services' database, as its administrator enters it."""
        return self._url("stafett")

    @property
    def _password(self) -> str:
        return secret(self.folder / "service-password")

    def _url(self, database: str) -> str:
        return f"{self.postgres.url.rsplit('/', 1)[0]}/{database}"
