"""Ports and URLs of the local stack; `PORT_BASE` (default 8000) moves them all."""

import os
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

# Import name → distance of its port from the base.
SERVICES = {"intake": 1, "sla_engine": 2, "escalation": 3, "notifier": 4, "projections": 5}


def program(service: str) -> str:
    """The service's name towards people: `sla-engine`."""
    return service.replace("_", "-")


@dataclass(frozen=True)
class Addresses:
    """Who listens where on 127.0.0.1."""

    base: int

    @classmethod
    def from_environment(cls) -> "Addresses":
        """As `PORT_BASE` says."""
        return cls(int(os.environ.get("PORT_BASE") or 8000))

    @property
    def portal(self) -> str:
        """Where people look."""
        return f"http://127.0.0.1:{self.base}"

    @property
    def smtp(self) -> int:
        """The caught-mail sink."""
        return self.base + 25

    @property
    def postgres(self) -> int:
        """PostgreSQL."""
        return self.base + 32

    @property
    def kafka(self) -> int:
        """Kafka's clients."""
        return self.base + 92

    @property
    def kafka_controller(self) -> int:
        """Kafka's own controller traffic."""
        return self.base + 93

    def port(self, service: str) -> int:
        """The HTTP port of a service."""
        return self.base + SERVICES[service]

    def url(self, service: str) -> str:
        """The base URL of a service."""
        return f"http://127.0.0.1:{self.port(service)}"


def as_login(admin_url: str, role: str, password: str) -> str:
    """The same database, entered as another role."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}"))
