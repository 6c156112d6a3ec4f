"""A system of the customer's own that is told instead of asking: a receiver on loopback, and what it got."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from stack.console import console
from stack.story.telling import Telling

TYPES = ["TicketOpened.v1", "CommentAdded.v1", "TicketResolved.v1"]
ADA = {"name": "Ada Exempel", "email": "ada.exempel@acme.example"}


def play(telling: Telling) -> None:
    """Raises Unexpected when it goes otherwise."""
    console.rule("a system that is told")
    desk, got = telling.desk, list[Any]()
    with _receiver(got) as (url, secrets):
        hook = desk.post("notifier", "/v1/webhooks", "acme", {"url": url, "types": TYPES})
        secrets.append(hook["secret"])
        ticket = telling.open(
            "acme",
            subject="Kan inte skriva ut",
            description="Skrivaren syns inte.",
            reporter=ADA,
            priority="P4",
        )
        desk.act(ticket, "comments", "agent", body="Bara för oss: gammal drivrutin.", visibility="internal")
        desk.act(ticket, "comments", "agent", body="Vi tittar på det.")
        desk.act(ticket, "resolve", "agent", solution="Ny drivrutin.")
        told = telling.waits(
            "the customer's own system has heard of it",
            lambda: found if len(found := [e for e in got if e["subject"] == ticket["id"]]) == 3 else None,
        )
        desk.post("notifier", f"/v1/webhooks/{hook['id']}/disable", "acme", {})
    heard = ", ".join(event["type"].removesuffix(".v1") for event in told)
    telling.shows("hubs", "avisering till system", "POST notifier /v1/webhooks", f"signed, in order: {heard}")


@contextmanager
def _receiver(got: list[Any]) -> Iterator[tuple[str, list[str]]]:
    """A server that keeps what is signed with one of the secrets, and refuses all else."""
    secrets: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                got.append(Webhook(secrets[0]).verify(body, dict(self.headers)))
                self.send_response(204)
            except Exception:
                self.send_response(401)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing: the story is told elsewhere."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stafett", secrets
    finally:
        server.shutdown()
        server.server_close()
