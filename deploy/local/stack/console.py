"""What people see: steps with their time, and at the end where everything is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from stack.addresses import SERVICES, Addresses, program
from stack.places import LOCAL, LOGS

console = Console(highlight=False, soft_wrap=True)

_CREDENTIALS = {
    "local-acme": "client system of customer acme, contract hubs",
    "local-region": "client system of customer region, contract timecare",
    "local-fast": "client system of customer fast, contract demo: targets of seconds",
    "local-agent": "support, all lines",
    "local-manager": "service manager of all three",
    "local-ops": "operations",
    "local-service": "a subscribing service",
}


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Show what is going on, then how long it took."""
    started = time.monotonic()
    with console.status(f"{doing} …"):
        yield
    console.print(f"[green]✓[/] {doing} [dim]{time.monotonic() - started:.1f} s[/]")


def refuse(message: str) -> None:
    """Say why it cannot be."""
    console.print(f"[red]✗[/] {escape(message)}")


def show_addresses(at: Addresses, portal: bool) -> None:
    """URLs and demo credentials."""
    pages = {program(name): f"{at.url(name)}/v1   API pages: {at.url(name)}/docs" for name in SERVICES}
    pages |= {
        "caught mail": f"{at.url('notifier')}/local/mail   SMTP: 127.0.0.1:{at.smtp}",
        "logs": str(LOGS),
    }
    _show({"portal": at.portal} | pages if portal else pages)
    console.print("\nDemo credentials (they exist only here, on 127.0.0.1):")
    _show({f"Authorization: Bearer {token}": who for token, who in _CREDENTIALS.items()})
    console.print(f"\nState: {LOCAL}. Stop with `make down`; `make clean` also forgets everything.")


def _show(rows: dict[str, str]) -> None:
    width = max(map(len, rows))
    for name, value in rows.items():
        console.print(f"  {name:<{width}}  {value}", markup=False)
