"""Fixtures for every test: real servers once per session, a fresh migrated database per test."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from hypothesis import settings

from shared.eventstore.migrate import migrate
from stack.kafka import KafkaServer
from stack.postgres import PostgresServer

# How long an example takes is the machine's business; what must be fast has tests of its own.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

SCHEMAS = ["intake", "sla_engine", "escalation", "notifier", "projections"]
PASSWORD = "only-for-tests"  # noqa: S105 - a server that lives as long as the tests do


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL of this session's own, on a free port."""
    server = PostgresServer(tmp_path_factory.mktemp("postgres")).start()
    yield server
    server.stop()
    server.remove()


@pytest.fixture(scope="session")
def kafka_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaServer]:
    """An Apache Kafka of this session's own, on free ports."""
    server = KafkaServer(tmp_path_factory.mktemp("kafka")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> str:
    """The name of a database with every schema in it, to be copied for each test."""
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute("CREATE DATABASE migrated")
    url = _with_database(postgres_server.url, "migrated")
    # A thread, because the session's event loop may already be running around this fixture.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(migrate(url, PASSWORD, SCHEMAS))).result()
    return "migrated"


@pytest.fixture
def fresh_database(postgres_server: PostgresServer, migrated_template: str) -> Iterator[Callable[[str], str]]:
    """A new database; call it with a schema for that service's URL, or with `admin`."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres_server.url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}".encode())

        def url(schema: str) -> str:
            if schema == "admin":
                return _with_database(postgres_server.url, name)
            return f"postgresql://{schema}:{PASSWORD}@127.0.0.1:{postgres_server.port}/{name}"

        yield url
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _with_database(url: str, name: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"
