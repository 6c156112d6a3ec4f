"""What people see: steps with their time, and at the end where everything is."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.table import Table

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
    urls = Table(box=None, show_header=False, pad_edge=False)
    if portal:
        urls.add_row("portal", at.portal)
    for name in SERVICES:
        urls.add_row(program(name), f"{at.url(name)}/v1", f"API pages: {at.url(name)}/docs")
    urls.add_row("caught mail", f"{at.url('notifier')}/local/mail", f"SMTP: 127.0.0.1:{at.smtp}")
    urls.add_row("logs", str(LOGS))
    console.print(urls)
    tokens = Table(box=None, show_header=False, pad_edge=False)
    for token, who in _CREDENTIALS.items():
        tokens.add_row(f"Authorization: Bearer {token}", who)
    console.print("\nDemo credentials (they exist only here, on 127.0.0.1):")
    console.print(tokens)
    console.print(f"\nState: {LOCAL}. Stop with `make down`; `make clean` also forgets everything.")
