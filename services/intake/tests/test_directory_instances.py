"""Several instances of intake, one directory: what one is told the other goes by, and seeds are sown once."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg
import httpx2
import pytest
import yaml
from tests.calls import BODY, by, opened
from tests.directory_calls import TERMS, done, nordan, post
from tests.intake_instances import SEEDS, serving

from intake.registry import Registry
from intake.seeds import read_seeds
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration

Two = list[httpx2.AsyncClient]


async def test_what_another_instance_has_just_registered_is_never_refused(
    fresh_database: Callable[[str], str],
) -> None:
    url = fresh_database("intake")
    async with serving(url) as one, serving(url, deaf=True) as other:
        await nordan(one)
        assert (await opened(other, "agent", customer="nordan"))["contract"] == "guld"
        await done(one, "contracts", {"id": "silver", **TERMS})
        await done(one, "customers/nordan/entitlements", {"contract": "silver"})
        ticket = await opened(other, "agent", customer="nordan", contract="silver")
        assert ticket["contract"] == "silver"
        path = f"tickets/{ticket['id']}/contract"
        await done(one, "customers/nordan/entitlements", {"contract": "timecare"})
        assert (await done(other, path, {"contract": "timecare"}, "agent"))["contract"] == "timecare"


async def test_what_another_instance_has_ended_or_amended_is_heard_of(two: Two) -> None:
    one, other = two
    await nordan(one)
    await opened(other, "agent", customer="nordan")
    await done(one, "contracts/guld/terms", {**TERMS, "locale": "en"})

    async def amended() -> bool:
        ticket = await opened(other, "agent", customer="nordan")
        history = await other.get(f"/v1/tickets/{ticket['id']}/events", headers=by("agent"))
        return bool(history.json()["items"][0]["data"]["contract"]["locale"] == "en")

    await eventually(amended, what="the other terms")
    await done(one, "customers/nordan/entitlements/guld/end", {})

    async def refused() -> bool:
        answer = await post(other, "tickets", BODY | {"customer": "nordan"}, "agent")
        return bool(answer.status_code == 422)

    await eventually(refused, what="the end of the entitlement")


async def test_a_ticket_costs_no_look_at_the_directory(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    one, _ = two
    await nordan(one)

    async def looked(*_: object) -> None:
        raise AssertionError("the directory was read for a ticket")

    monkeypatch.setattr(Registry, "read_many", looked)
    monkeypatch.setattr(Registry, "read", looked)
    for customer in ("nordan", "acme", "region"):
        await opened(one, "agent", customer=customer)


async def test_an_instance_whose_listening_ended_hears_again(
    two: Two, fresh_database: Callable[[str], str]
) -> None:
    one, other = two
    await nordan(one)
    await opened(other, "agent", customer="nordan")
    admin = await asyncpg.connect(fresh_database("admin"))

    async def listening() -> list[int]:
        rows = await admin.fetch(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name = 'intake-worker' AND query ILIKE 'LISTEN%'"
        )
        return [row["pid"] for row in rows]

    pids = await eventually(listening, what="both listen")
    for pid in pids:
        await admin.execute("SELECT pg_terminate_backend($1)", pid)
    await admin.close()
    await done(one, "customers/nordan/entitlements/guld/end", {})

    async def refused() -> bool:
        answer = await post(other, "tickets", BODY | {"customer": "nordan"}, "agent")
        return bool(answer.status_code == 422)

    await eventually(refused, what="the end of the entitlement")


async def test_two_who_register_the_same_id_at_once_are_told_that_one_was_first(two: Two) -> None:
    bodies = [{"id": f"nordan-{number}", "name": "Nordan"} for number in range(8)]
    answers = await asyncio.gather(*(post(client, "customers", body) for body in bodies for client in two))
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [409] * 8


async def test_instances_that_start_at_once_sow_the_seeds_once(fresh_database: Callable[[str], str]) -> None:
    url = fresh_database("intake")

    async def start() -> list[str]:
        async with serving(url) as client:
            feed = await client.get("/v1/events?source=/intake/directory&limit=500", headers=by("ops"))
            return [event["type"] for event in feed.json()["items"]]

    first, *others = await asyncio.gather(*(start() for _ in range(4)))
    assert others == [first] * 3
    assert (first.count("CustomerRegistered.v1"), first.count("ContractDrawnUp.v1")) == (4, 3)
    assert first.count("EntitlementGranted.v1") == 5


async def test_a_seed_never_undoes_what_was_changed_since(
    fresh_database: Callable[[str], str], tmp_path: Path
) -> None:
    url = fresh_database("intake")
    async with serving(url) as client:
        await done(client, "customers/acme/name", {"name": "Acme Säker Post AB"})
        await done(client, "customers/acme/entitlements/hubs/end", {})
        await done(client, "contracts/hubs/terms", {**TERMS, "locale": "en"})
    customers = yaml.safe_load((SEEDS / "customers.yaml").read_text())
    contracts = yaml.safe_load((SEEDS / "contracts.yaml").read_text())
    more = [*customers, {"id": "nordan", "name": "Nordan AB", "contracts": ["hubs"]}]
    (tmp_path / "customers.yaml").write_text(yaml.safe_dump(more))
    (tmp_path / "contracts.yaml").write_text(yaml.safe_dump(contracts))
    async with serving(url, tmp_path) as client:
        acme = (await client.get("/v1/customers/acme", headers=by("ops"))).json()
        hubs = (await client.get("/v1/contracts/hubs", headers=by("ops"))).json()
        assert (acme["name"], hubs["locale"]) == ("Acme Säker Post AB", "en")
        assert (await client.post("/v1/tickets", json=BODY, headers=by("acme"))).status_code == 422
        assert (await opened(client, "agent", customer="nordan"))["contract"] == "hubs"


@pytest.mark.parametrize(
    ("customers", "contracts", "told"),
    [
        ("- {id: a, name: A, contracts: [hubs]}", "[]", "a names no known contract: hubs"),
        ("- {id: a, name: A, contracts: []}", "[]", "customers"),
        ("- {id: A, name: A, contracts: [hubs]}", "[]", "customers"),
        ("- {id: a, name: A, colour: red, contracts: [hubs]}", "[]", "colour"),
        ("- {id: a", "[]", "customers.yaml"),
        ("[]", "- {id: hubs, policy: hubs, timezone: Europe/Atlantis, locale: sv, lines: 2}", "Atlantis"),
        (
            "[]",
            "- {id: Hubs, policy: hubs, timezone: Europe/Stockholm, locale: sv, lines: 2}",
            "small letters",
        ),
        ("[]", "- {id: hubs}", "policy"),
    ],
)
def test_a_faulty_seed_file_says_what_to_mend(
    tmp_path: Path, customers: str, contracts: str, told: str
) -> None:
    (tmp_path / "customers.yaml").write_text(customers)
    (tmp_path / "contracts.yaml").write_text(contracts)
    with pytest.raises(ValueError, match=told):
        read_seeds(tmp_path)


def test_without_seed_files_there_is_nothing_to_sow(tmp_path: Path) -> None:
    assert read_seeds(tmp_path).customers == ()
