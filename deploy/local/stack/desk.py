"""The public APIs as the demo uses them: plain HTTP, one credential per call."""

import time
from collections.abc import Callable
from typing import Any

import httpx2

from stack.addresses import Addresses

Json = dict[str, Any]


class Unexpected(Exception):
    """A service answered otherwise than the demo's story goes."""


class Desk:
    """Customers' and support's calls on the running stack."""

    def __init__(self, at: Addresses) -> None:
        self._at = at
        self._http = httpx2.Client(timeout=10)

    def url(self, service: str, path: str) -> str:
        """Where to look something up."""
        return f"{self._at.url(service.replace('-', '_'))}{path}"

    def open(self, who: str, **fields: Any) -> Json:
        """Post a ticket; answers with it."""
        return self._call("POST", "intake", "/v1/tickets", who, fields)

    def act(self, ticket: Json, what: str, who: str, **fields: Any) -> Json:
        """One of the ticket's commands, such as `comments`; answers with the ticket."""
        return self._call("POST", "intake", f"/v1/tickets/{ticket['id']}/{what}", who, fields)

    def move(self, ticket: Json, what: str, after: Json | None = None, **fields: Any) -> Json:
        """A move by hand, such as `escalate`, once `after` has been heard; answers with the routing."""
        query = f"?min_version=intake:{after['version']}" if after else ""
        return self._call("POST", "escalation", f"/v1/tickets/{ticket['id']}/{what}{query}", "agent", fields)

    def get(self, service: str, path: str, who: str) -> Json:
        """Read anything."""
        return self._call("GET", service, path, who)

    def pages(self, ticket: Json, who: str) -> bytes:
        """The ticket's record as PDF."""
        where = self.url("projections", f"/v1/tickets/{ticket['id']}/record")
        answer = self._http.get(
            where, params={"format": "pdf"}, headers={"Authorization": f"Bearer local-{who}"}, timeout=60
        )
        if answer.is_error:
            raise Unexpected(f"GET {where} as PDF answered {answer.status_code}: {answer.text}")
        return answer.content

    def post(self, service: str, path: str, who: str, body: Json) -> Json:
        """Post anything."""
        return self._call("POST", service, path, who, body)

    def view(self, ticket: Json, who: str = "agent") -> Json:
        """The ticket as the read model has it."""
        return self._call("GET", "projections", f"/v1/tickets/{ticket['id']}", who)

    def mails(self, ticket: Json) -> list[Json]:
        """What was mailed about the ticket."""
        found = self._http.get(self.url("notifier", "/local/mail"))
        return [mail for mail in found.json() if ticket["number"] in mail["subject"]]

    def wait(self, what: str, probe: Callable[[], Any], within: float) -> Any:
        """The first truthy answer of `probe`. Raises Unexpected after `within` seconds."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if found := probe():
                return found
            time.sleep(0.1)
        raise Unexpected(f"{what}: not seen within {within:.0f} s; look at the logs under .local/log/")

    def _call(self, method: str, service: str, path: str, who: str, body: Json | None = None) -> Json:
        answer = self._http.request(
            method, self.url(service, path), json=body, headers={"Authorization": f"Bearer local-{who}"}
        )
        if answer.is_error:
            raise Unexpected(f"{method} {service}{path} answered {answer.status_code}: {answer.text}")
        found: Json = answer.json()
        return found
