"""Things for the cases to find: tickets of acme in every status, a contract, an alert."""

from typing import Any

import httpx2

from shared.testing.waiting import eventually

TICKETS = 24
_ENDS = ("", "question", "resolve", "close")
_BODIES = {"question": {"body": "Sedan när?"}, "resolve": {"solution": "Omstartad."}}


async def make_things(urls: dict[str, str]) -> dict[str, list[str]]:
    """Ids by the names of the parameters that take them."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        tickets = [await _ticket(client, urls["intake"], number) for number in range(TICKETS)]

        async def alerted() -> str | None:
            return await _alert(client, urls["escalation"], tickets[0])

        async def seen() -> bool:
            return await _seen(client, urls["projections"], tickets[-1])

        alert: str | None = await eventually(alerted, what="an alert")
        _: bool = await eventually(seen, what="the read model")
    assert alert is not None
    ids = dict.fromkeys(("ticket_id", "ticket", "subject", "into"), tickets)
    # Only demo's hours may deviate meanwhile: its targets are of seconds.
    return {**ids, "alert_id": [alert], "contract": ["demo"], "customer": ["acme", "fast"]}


async def _ticket(client: httpx2.AsyncClient, url: str, number: int) -> str:
    customer = "acme" if number % 3 else "fast"
    body = {
        "subject": f"Ärende {number}",
        "description": "Det står still.",
        "customer": "acme" if number == 0 else customer,
        "priority": "P1" if number == 0 else f"P{number % 4 + 1}",
        "reporter": {"name": "Ada Exempel", "email": "ada@acme.example"},
    }
    ticket = await _post(client, f"{url}/v1/tickets", body)
    if end := _ENDS[number % len(_ENDS)]:
        await _post(client, f"{url}/v1/tickets/{ticket['id']}/{end}", _BODIES.get(end, {}))
    return str(ticket["id"])


async def _post(client: httpx2.AsyncClient, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(url, json=body, headers={"Authorization": "Bearer local-agent"})
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


async def _alert(client: httpx2.AsyncClient, url: str, ticket: str) -> str | None:
    answer = await client.get(
        f"{url}/v1/tickets/{ticket}/routing", headers={"Authorization": "Bearer local-agent"}
    )
    moves = answer.json().get("history", []) if answer.status_code == 200 else []
    return next((str(move["alert_id"]) for move in moves if move["alert_id"]), None)


async def _seen(client: httpx2.AsyncClient, url: str, ticket: str) -> bool:
    answer = await client.get(f"{url}/v1/tickets/{ticket}", headers={"Authorization": "Bearer local-agent"})
    return answer.status_code == 200
