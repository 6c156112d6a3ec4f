"""The starters of real servers, and what `make up` tells its supervisor."""

import configparser
from pathlib import Path

import psycopg
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from stack import prerequisites
from stack.addresses import as_login
from stack.kafka import KafkaServer
from stack.places import Unready, secret
from stack.postgres import PostgresServer
from stack.programs import Program
from stack.supervision import section


@pytest.mark.integration
def test_postgres_keeps_what_it_committed_through_a_kill(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres")
    try:
        with server:
            with psycopg.connect(server.url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
            server.kill()
            server.start()
            with psycopg.connect(server.url) as connection:
                assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
                assert connection.execute("SHOW fsync").fetchall() == [("on",)]
    finally:
        server.remove()
    assert not server.home.exists()


@pytest.mark.integration
def test_postgres_lets_nobody_in_without_the_password(tmp_path: Path) -> None:
    server = PostgresServer(tmp_path / "postgres")
    try:
        with server, pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(as_login(server.url, server.administrator, "guessed"))
    finally:
        server.remove()


@pytest.mark.integration
def test_kafka_keeps_its_topics_through_a_kill_and_makes_none_by_itself(tmp_path: Path) -> None:
    with KafkaServer(tmp_path / "kafka") as server:
        client = AdminClient({"bootstrap.servers": server.bootstrap})
        for future in client.create_topics([NewTopic("kept", 12, 1)]).values():
            future.result(10)
        server.kill()
        server.start()
        client = AdminClient({"bootstrap.servers": server.bootstrap})
        assert len(client.list_topics(timeout=10).topics["kept"].partitions) == 12
        assert "asked-for" not in client.list_topics("asked-for", timeout=10).topics or (
            client.list_topics("asked-for", timeout=10).topics["asked-for"].error is not None
        )


@pytest.mark.integration
def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with KafkaServer(tmp_path / "first") as first:
        second = KafkaServer(tmp_path / "second", port=first.port)
        with pytest.raises(Unready, match="in use"):
            second.start()


def test_another_login_keeps_the_host_and_the_options() -> None:
    admin = "postgresql://boss:p%40ss@db.example:5432/stafett?sslmode=require"
    assert (
        as_login(admin, "intake", "a/b")
        == "postgresql://intake:a%2Fb@db.example:5432/stafett?sslmode=require"
    )


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "password"
    assert secret(file) == secret(file)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_supervisor_gets_values_as_they_are() -> None:
    written = section(Program("intake", ["/a b/python", "-m", "intake"], {"DATABASE_URL": "x://u:p%40@h/d"}))
    config = configparser.RawConfigParser()
    config.read_string(written)
    assert config["program:intake"]["command"] == '"/a b/python" "-m" "intake"'
    assert 'DATABASE_URL="x://u:p%%40@h/d"' in config["program:intake"]["environment"]


def test_the_supervisor_refuses_what_it_would_misread() -> None:
    with pytest.raises(Unready):
        section(Program("intake", ["python"], {"NAME": 'a "quoted" word'}))


@pytest.mark.integration
def test_a_machine_that_cannot_print_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(prerequisites, "_apt", lambda _, package: asked.append(package))
    without_fonts = tmp_path / "fonts.conf"
    without_fonts.write_text("<?xml version='1.0'?><fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(without_fonts))
    missing = prerequisites.printing.__wrapped__()
    assert missing is not None and "fonts-dejavu-core" in missing
    assert tuple(asked) == prerequisites.TO_PRINT
    monkeypatch.delenv("FONTCONFIG_FILE")
    assert prerequisites.printing.__wrapped__() is None
