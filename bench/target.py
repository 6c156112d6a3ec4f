"""The system that is measured: a stack of our own, or one that runs already."""

from dataclasses import dataclass
from typing import Any

import httpx2

from faults.machine import Machine
from stack.addresses import Addresses


@dataclass(frozen=True)
class Target:
    """Where it answers."""

    intake: str
    projections: str
    bootstrap: str

    @classmethod
    def of(cls, machine: Machine) -> "Target":
        """Our own."""
        return cls(machine.url("intake"), machine.url("projections"), machine.kafka.bootstrap)

    @classmethod
    def attached(cls) -> "Target":
        """The one of `make up`, at PORT_BASE."""
        at = Addresses.from_environment()
        return cls(at.url("intake"), at.url("projections"), f"127.0.0.1:{at.kafka}")


def ticket(token: str, priority: str | None, customer: str) -> dict[str, Any]:
    """A body for `POST /v1/tickets`."""
    body = {
        "subject": f"Bench {token}",
        "description": "The printer on the second floor prints blank pages since this morning.",
        "reporter": {"name": "Robin Exempel", "email": f"bench@{customer}.example"},
    }
    return body if priority is None else body | {"priority": priority}


async def opened(http: httpx2.AsyncClient, target: Target, customer: str, body: dict[str, Any]) -> str:
    """Open a ticket; returns its id. Raises when it is not answered 201."""
    answer = await http.post(
        f"{target.intake}/v1/tickets", json=body, headers={"Authorization": f"Bearer local-{customer}"}
    )
    answer.raise_for_status()
    return str(answer.json()["id"])
