"""Issues a credential: `python -m shared.runtime.issue_credential --role client --customer acme`.

Prints the token, which is shown this once and kept nowhere, and the entry to put under `credentials:` in
the file that CREDENTIALS_FILE names. Services read that file again within seconds; taking it out revokes it.
"""

import secrets
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic_core import PydanticCustomError

from shared.events.codec import instant
from shared.runtime.credentials import Credentials, InvalidCredentials
from shared.runtime.instants import parse_instant

TOKEN_BYTES = 32
"""256 random bits: nothing to guess, so that a plain SHA-256 of it may lie in a file."""


def issue(role: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """A fresh token and its entry; `more` as credentials.py describes it, None for what is left out.

    Raises InvalidCredentials for an entry that no service would take.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    given = {name: value for name, value in more.items() if value is not None}
    entry = {
        "id": f"{given.get('customer', role)}-{secrets.token_hex(4)}",
        "role": role,
        **given,
        "token_sha256": sha256(token.encode()).hexdigest(),
    }
    _check(entry)
    return token, entry


def line(entry: dict[str, Any]) -> str:
    """The entry as one line of the file."""
    flow = yaml.safe_dump(
        entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=float("inf")
    )
    return f"  - {flow.strip()}"


def _check(entry: dict[str, Any]) -> None:
    """By what the services themselves do with the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "credentials.yaml"
        path.write_text(f"credentials:\n{line(entry)}\n", encoding="utf-8")
        Credentials.load(path, "production")


def main(
    role: Annotated[
        str, typer.Option(help="client, customer_user, customer_admin, agent, manager, ops, service")
    ],
    customer: Annotated[str | None, typer.Option(help="whose it is, for a customer's roles")] = None,
    name: Annotated[str | None, typer.Option(help="what people call it")] = None,
    identity: Annotated[
        str | None, typer.Option("--id", help="what events call it; made up if left out")
    ] = None,
    scopes: Annotated[str | None, typer.Option(help="read or write; both if left out")] = None,
    expires_at: Annotated[str | None, typer.Option(help="RFC 3339, such as 2027-06-30T22:00:00Z")] = None,
) -> None:
    """Issue a credential. The token is printed this once."""
    try:
        expires = None if expires_at is None else parse_instant(expires_at)
        if expires is not None and expires <= datetime.now(UTC):
            raise typer.BadParameter("it would have expired already", param_hint="--expires-at")
        token, entry = issue(
            role,
            **({} if identity is None else {"id": identity}),
            customer=customer,
            name=name,
            scopes=scopes and [scope.strip() for scope in scopes.split(",")],
            expires_at=None if expires is None else instant(expires),
        )
    except PydanticCustomError as fault:
        raise typer.BadParameter(str(fault), param_hint="--expires-at") from None
    except InvalidCredentials as fault:
        raise typer.BadParameter(str(fault).partition(": ")[2] or str(fault)) from None
    typer.echo("The token, which is shown this once:", err=True)
    typer.echo(token)
    typer.echo("Put this line under `credentials:` in the file that CREDENTIALS_FILE names:", err=True)
    typer.echo(line(entry))


if __name__ == "__main__":
    typer.run(main)
