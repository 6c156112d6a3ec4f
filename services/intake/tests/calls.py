"""How tests call intake: as whom, and with which ticket."""

from typing import Any

import httpx2

BODY: dict[str, Any] = {
    "subject": "Växeln svarar inte 😀",
    "description": "Ingen kan ringa in.",
    "reporter": {"name": "Ada Exempel", "email": "ada@acme.example"},
    "priority": "P1",
}
Client = httpx2.AsyncClient


def by(who: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer local-{who}", **more}


async def opened(client: Client, who: str = "acme", **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/tickets", json=BODY | more, headers=by(who))
    assert answer.status_code == 201, answer.text
    ticket: dict[str, Any] = answer.json()
    return ticket
