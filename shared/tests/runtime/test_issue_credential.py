"""Issuing a credential: a token that is shown once, and the line by which services know it."""

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from shared.runtime.credentials import Credentials
from shared.runtime.issue_credential import main

COMMAND = typer.Typer()
COMMAND.command()(main)


def issued(*options: str) -> tuple[str, str]:
    result = CliRunner().invoke(COMMAND, options)
    assert result.exit_code == 0, result.output
    token, entry = result.stdout.splitlines()
    return token, entry


def known(folder: Path, *lines: str) -> Credentials:
    path = folder / "credentials.yaml"
    path.write_text("\n".join(["credentials:", *lines]) + "\n")
    return Credentials.load(path, "production")


def test_services_know_an_issued_token_by_its_line_alone(tmp_path: Path) -> None:
    token, entry = issued("--role", "client", "--customer", "acme", "--name", "Åkes system: v2, {test}")
    principal = known(tmp_path, entry).principal(token.encode())
    assert principal is not None
    assert (principal.role, principal.customer) == ("client", "acme")
    assert principal.name == "Åkes system: v2, {test}"
    assert token not in entry
    assert sha256(token.encode()).hexdigest() in entry


def test_a_token_is_256_random_bits_and_never_the_same(tmp_path: Path) -> None:
    found = [issued("--role", "agent") for _ in range(20)]
    assert len({token for token, _ in found}) == 20
    assert {len(urlsafe_b64decode(token + "=")) for token, _ in found} == {32}
    both = known(tmp_path, *(entry for _, entry in found))
    assert len({getattr(both.principal(token.encode()), "id", None) for token, _ in found}) == 20


def test_it_may_only_read_and_expire(tmp_path: Path) -> None:
    token, entry = issued(
        "--role",
        "service",
        "--id",
        "reports",
        "--scopes",
        "read",
        "--expires-at",
        "2090-01-01T00:00:00+01:00",
    )
    credentials = known(tmp_path, entry)
    principal = credentials.principal(token.encode())
    assert principal is not None
    assert (principal.id, principal.scopes) == ("reports", {"read"})
    assert credentials.principal(token.encode(), datetime(2089, 12, 31, 23, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "options",
    [
        ["--role", "king"],
        ["--role", "client"],
        ["--role", "agent", "--customer", "acme"],
        ["--role", "agent", "--scopes", "fly"],
        ["--role", "agent", "--expires-at", "tomorrow"],
        ["--role", "agent", "--expires-at", "2020-01-01T00:00:00Z"],
        ["--role", "agent", "--id", "local-agent"],
        [],
    ],
)
def test_what_no_service_would_take_is_not_issued(options: list[str]) -> None:
    result = CliRunner().invoke(COMMAND, options)
    assert result.exit_code == 2
    assert "token_sha256" not in result.stdout
