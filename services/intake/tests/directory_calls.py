"""How tests change the directory: as whom, and with what."""

from typing import Any

from tests.calls import Client, by

TERMS: dict[str, Any] = {"policy": "hubs", "lines": 2, "alert_service_manager": ["P2", "P1"]}
ADA: dict[str, Any] = {"external_id": "u-1", "name": "Ada Exempel", "email": "ada@acme.example"}
BO = {"name": "Bo Exempel", "email": "bo@nordan.example"}


async def post(client: Client, path: str, body: Any, who: str = "ops", **headers: str) -> Any:
    return await client.post(f"/v1/{path}", json=body, headers=by(who, **headers))


async def done(client: Client, path: str, body: Any, who: str = "ops") -> Any:
    answer = await post(client, path, body, who)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def nordan(client: Client, **terms: Any) -> None:
    """A new contract, and a new customer that is entitled to it."""
    await done(client, "contracts", {"id": "guld", **TERMS, **terms})
    await done(client, "customers", {"id": "nordan", "name": "Nordan AB"})
    await done(client, "customers/nordan/entitlements", {"contract": "guld"})
    await done(client, "customers/nordan/service-manager", BO, "manager")
