"""Who may see and change what of the directory.

That each of the two layers keeps customers apart alone, the tenant matrix shows (tests/integration/system).
"""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tests.calls import Client, by
from tests.directory_calls import ADA, TERMS, done, post
from tests.intake_instances import serving

from intake.registry import CUSTOMER, SOURCE, Registry
from intake.roster import Roster
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.runtime.auth import Principal, Role

pytestmark = pytest.mark.integration


class AsRole:
    """Credentials that are what they are called, such as `customer_admin@acme`."""

    def principal(self, token: bytes) -> Principal:
        role, _, customer = token.decode().removeprefix("local-").partition("@")
        return Principal(token.decode(), role, customer or None, role)  # type: ignore[arg-type]


@pytest.fixture
async def anyone(fresh_database: Callable[[str], str]) -> AsyncIterator[Client]:
    """Intake, where each role can be taken on; acme and region have a person each, support has one."""
    async with serving(fresh_database("intake")) as client:
        client._transport.app.state.credentials = AsRole()  # type: ignore[attr-defined]
        for customer in ("acme", "region", None):
            await done(client, "people", {**ADA, "customer": customer})
        yield client


ADMIN = "customer_admin@acme"


async def people(client: Client, who: str) -> list[Any]:
    found: list[Any] = (await client.get("/v1/people", headers=by(who))).json()["items"]
    return found


async def test_a_customer_sees_itself_only_and_not_who_is_alerted(anyone: Client) -> None:
    for role in ("client", "customer_user", "customer_admin"):
        listed = await anyone.get("/v1/customers", headers=by(f"{role}@acme"))
        assert [item["id"] for item in listed.json()["items"]] == ["acme"]
        assert "ylva" not in listed.text
        own = await anyone.get("/v1/customers/acme", headers=by(f"{role}@acme"))
        assert own.json() == listed.json()["items"][0]
        assert (await anyone.get("/v1/customers/region", headers=by(f"{role}@acme"))).status_code == 404
    seen = await anyone.get("/v1/customers/acme", headers=by("agent"))
    assert seen.json()["service_managers"][0]["email"] == "ylva.exempel@acme.example"


async def test_a_main_administrator_lets_colleagues_in_and_out_and_nobody_elses(anyone: Client) -> None:
    assert {person["customer"] for person in await people(anyone, ADMIN)} == {"acme"}
    bo = await done(anyone, "people", {**ADA, "external_id": "u-2"}, ADMIN)
    assert bo["customer"] == "acme"
    await done(anyone, f"people/{bo['id']}/contact", {"name": "Bo", "email": "bo@acme.example"}, ADMIN)
    await done(anyone, f"people/{bo['id']}/remove", {}, ADMIN)
    others = [person for person in await people(anyone, "ops") if person["customer"] != "acme"]
    assert {person["customer"] for person in others} == {"region", None}
    for other in others:
        path = f"people/{other['id']}"
        assert (await anyone.get(f"/v1/{path}", headers=by(ADMIN))).status_code == 404
        assert (await post(anyone, f"{path}/remove", {}, ADMIN)).status_code == 404
        assert (
            await post(anyone, f"{path}/contact", {"name": "x", "phone": "+46 8"}, ADMIN)
        ).status_code == 404
    assert len(await people(anyone, "ops")) == 3
    named = await post(anyone, "people", {**ADA, "external_id": "u-3", "customer": "region"}, ADMIN)
    assert (named.status_code, named.json()["errors"][0]["pointer"]) == (422, "/customer")
    filtered = await anyone.get("/v1/people?customer=region", headers=by(ADMIN))
    assert filtered.json()["items"] == []


async def test_the_same_external_id_is_a_person_of_its_own_at_each_customer(anyone: Client) -> None:
    found = await people(anyone, "manager")
    assert len(found) == len({person["id"] for person in found}) == 3
    assert {person["external_id"] for person in found} == {"u-1"}


CUSTOMERS_OWN: tuple[Role, ...] = ("client", "customer_user", "customer_admin")
WRITES: dict[str, tuple[Any, set[Role]]] = {
    "customers": ({"id": "nordan", "name": "Nordan"}, {"ops"}),
    "customers/acme/name": ({"name": "Acme"}, {"ops"}),
    "customers/acme/service-manager": ({"name": "Bo", "phone": "+46 8 1"}, {"ops", "manager"}),
    "customers/acme/service-manager/withdraw": ({}, {"ops", "manager"}),
    "customers/acme/entitlements": ({"contract": "hubs"}, {"ops"}),
    "customers/acme/entitlements/hubs/end": ({}, {"ops"}),
    "contracts": ({"id": "guld", **TERMS}, {"ops"}),
    "contracts/hubs/terms": (TERMS, {"ops"}),
    "people": (ADA, {"ops", "manager", "customer_admin"}),
}


@pytest.mark.parametrize("role", ["client", "customer_user", "customer_admin", "agent", "manager", "service"])
async def test_who_may_not_change_it_is_403(anyone: Client, role: Role) -> None:
    who = f"{role}@acme" if role in CUSTOMERS_OWN else role
    for path, (body, allowed) in WRITES.items():
        if role not in allowed:
            assert (await post(anyone, path, body, who)).status_code == 403, path
    for path in ("contracts", "contracts/hubs", "people"):
        may = role in ("agent", "manager") or (path == "people" and role == "customer_admin")
        status = (await anyone.get(f"/v1/{path}", headers=by(who))).status_code
        assert status == (200 if may else 403), path


@pytest.fixture
async def database(anyone: Client, fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    found = await open_database(fresh_database("intake"), "intake")
    yield found
    await found.close()


class WithoutPolicies:
    """Reads under the worker's role, which sees every row: only the queries' own conditions stand between."""

    def __init__(self, database: Database) -> None:
        self.transaction = database.transaction
        self._working = database.working

    def reading(self, _: str) -> Any:
        return self._working()


async def test_others_rows_neither_fill_a_page_nor_lie_beyond_it(database: Database) -> None:
    hidden: Any = WithoutPolicies(database)
    roster = Roster(
        hidden, Registry(hidden, PostgresEventStore(hidden, SOURCE), lambda _: None, lambda: None)
    )
    assert len((await roster.by_id(CUSTOMER, "*", "", 9)).items) > 1
    one = await roster.by_id(CUSTOMER, "region", "", 1)
    assert ([each.id for each in one.items], one.next_place) == (["region"], None)
    people = await roster.people("acme", None, UUID(int=0), 1)
    assert ([person.customer for person in people.items], people.next_place) == (["acme"], None)


async def test_a_persons_name_stands_in_the_personal_half_only(
    database: Database, fresh_database: Callable[[str], str]
) -> None:
    admin = await asyncpg.connect(fresh_database("admin"))
    public = await admin.fetch("SELECT data::text, type FROM intake.events")
    halves = await admin.fetch(
        "SELECT p.data::text FROM intake.personal p JOIN intake.events e USING (stream_id, version)"
        " WHERE e.type = 'PersonRegistered.v1'"
    )
    await admin.close()
    assert len(halves) == 3
    assert all("Ada Exempel" in row["data"] for row in halves)
    assert not any("Exempel" in row["data"] for row in public if row["type"] != "CustomerRegistered.v1")
