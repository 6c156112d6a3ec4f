"""What runs: the servers that the stack brings itself, the mail sink and the five services."""

import os
import sys
from dataclasses import dataclass, field

from stack.addresses import SERVICES, Addresses, as_login, program
from stack.kafka import KafkaServer
from stack.places import CHECKOUT, LOCAL, secret
from stack.postgres import PostgresServer
from stack.server import Server

_PASSED_ON = ("OTEL_EXPORTER_OTLP_ENDPOINT", "CLOCK_OFFSET_SECONDS", "LOG_LEVEL")


@dataclass(frozen=True)
class Program:
    """One supervised process."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    folder: str = str(CHECKOUT)
    stop_signal: str = "TERM"


@dataclass(frozen=True)
class Stack:
    """The servers to start here (none that the environment names elsewhere) and how to reach each thing."""

    addresses: Addresses
    postgres: PostgresServer | None
    kafka: KafkaServer | None

    @classmethod
    def from_environment(cls) -> "Stack":
        """`DATABASE_URL` and `KAFKA_BOOTSTRAP_SERVERS` mean: use that, start none."""
        at = Addresses.from_environment()
        return cls(
            addresses=at,
            postgres=None if os.environ.get("DATABASE_URL") else own_postgres(at),
            kafka=None
            if os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
            else KafkaServer(LOCAL / "kafka", at.kafka, at.kafka_controller),
        )

    @property
    def admin_url(self) -> str:
        """The database as its administrator: for migrations only."""
        return self.postgres.url if self.postgres else os.environ["DATABASE_URL"]

    @property
    def bootstrap(self) -> str:
        """Kafka's clients connect here."""
        return self.kafka.bootstrap if self.kafka else os.environ["KAFKA_BOOTSTRAP_SERVERS"]

    @property
    def service_password(self) -> str:
        """The password of the services' login roles."""
        return secret(LOCAL / "service-database-password")

    def servers(self) -> list[Program]:
        """PostgreSQL and Kafka, as far as they are ours."""
        return [_supervised(server) for server in (self.postgres, self.kafka) if server is not None]

    def services(self) -> list[Program]:
        """The mail sink and the services, each with its own login role."""
        shared = self._shared_environment()
        sink = Program("mail-sink", [sys.executable, "-m", "notifier.sink"], shared)
        return [sink] + [
            Program(
                program(name),
                [sys.executable, "-m", name],
                shared
                | {
                    "PORT": str(self.addresses.port(name)),
                    "DATABASE_URL": as_login(self.admin_url, name, self.service_password),
                    "TRACE_FILE": str(LOCAL / "traces" / f"{program(name)}.jsonl"),
                },
            )
            for name in SERVICES
        ]

    def ports(self) -> dict[str, int]:
        """Every port that this stack will listen on, by program."""
        taken = {program(name): self.addresses.port(name) for name in SERVICES} | {
            "mail-sink": self.addresses.smtp
        }
        if self.postgres:
            taken["postgres"] = self.postgres.port
        if self.kafka:
            taken |= {"kafka": self.kafka.port, "kafka's controller": self.kafka.controller_port}
        return taken

    def _shared_environment(self) -> dict[str, str]:
        at = self.addresses
        return {
            "APP_ENV": "local",
            "HOST": "127.0.0.1",
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap,
            "SERVICE_TOKEN": "local-service",
            "CREDENTIALS_FILE": str(CHECKOUT / "seeds/local/credentials.yaml"),
            "SEEDS_DIR": str(CHECKOUT / "seeds/local"),
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(at.smtp),
            "MAIL_DIR": str(LOCAL / "mail"),
            "MAIL_FROM": "support@stafett.example",
            "PORTAL_URL": at.portal,
            "PYTHONUNBUFFERED": "1",
            **{f"{name.upper()}_URL": at.url(name) for name in SERVICES},
            **{name: os.environ[name] for name in _PASSED_ON if os.environ.get(name)},
        }


def own_postgres(addresses: Addresses) -> PostgresServer:
    """The database of this checkout."""
    return PostgresServer(LOCAL / "postgres", addresses.postgres)


def _supervised(server: Server) -> Program:
    return Program(
        server.name,
        server.command,
        user=server.user,
        folder=str(server.folder),
        stop_signal=server.stop_signal.name.removeprefix("SIG"),
    )
