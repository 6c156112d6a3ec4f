"""The directory over HTTP on real PostgreSQL: customers, contracts, people, and the tickets that follow."""

from typing import Any

import pytest
from tests.calls import BODY, Client, by, opened
from tests.directory_calls import ADA, BO, TERMS, done, nordan, post

pytestmark = pytest.mark.integration


async def test_a_customer_and_a_contract_that_were_just_registered_are_enough_for_a_ticket(
    client: Client,
) -> None:
    await nordan(client)
    ticket = await opened(client, "agent", customer="nordan")
    assert (ticket["customer"], ticket["contract"]) == ("nordan", "guld")
    history = await client.get(f"/v1/tickets/{ticket['id']}/events", headers=by("agent"))
    told = history.json()["items"][0]["data"]
    assert told["contract"]["alert_service_manager"] == ["P1", "P2"]
    assert told["service_manager"] == {"name": "Bo Exempel", "email": "bo@nordan.example"}


async def test_an_open_ticket_keeps_the_terms_that_it_was_opened_under(client: Client) -> None:
    await nordan(client)
    before = await opened(client, "agent", customer="nordan")
    await done(client, "contracts/guld/terms", {**TERMS, "priority_is_wish": True, "locale": "en"})
    after = await opened(client, "agent", customer="nordan")
    locales = []
    for ticket in (before, after):
        history = await client.get(f"/v1/tickets/{ticket['id']}/events", headers=by("agent"))
        locales.append(history.json()["items"][0]["data"]["contract"]["locale"])
    assert locales == ["sv", "en"]


async def test_no_ticket_comes_under_an_entitlement_that_has_ended_or_not_begun(client: Client) -> None:
    await nordan(client)
    ahead = {"contract": "hubs", "from": "2090-01-01T00:00:00Z"}
    await done(client, "customers/nordan/entitlements", ahead)
    early = await post(client, "tickets", BODY | {"customer": "nordan", "contract": "hubs"}, "agent")
    assert (early.status_code, early.json()["type"].rpartition("/")[2]) == (422, "contract-not-begun")
    assert "begins at 2090-01-01T00:00:00.000000Z; in force: guld" in early.json()["detail"]
    await done(client, "customers/nordan/entitlements/guld/end", {})
    late = await post(client, "tickets", BODY | {"customer": "nordan"}, "agent")
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/contract")
    unknown = await post(client, "tickets", BODY | {"customer": "nobody"}, "agent")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/customer")


async def test_a_ticket_moves_to_a_contract_that_its_customer_was_granted_since(client: Client) -> None:
    await nordan(client)
    ticket = await opened(client, "agent", customer="nordan")
    path = f"tickets/{ticket['id']}/contract"
    assert (await post(client, path, {"contract": "timecare"}, "agent")).status_code == 422
    await done(client, "customers/nordan/entitlements", {"contract": "timecare"})
    assert (await done(client, path, {"contract": "timecare"}, "agent"))["contract"] == "timecare"


async def test_an_id_that_is_taken_is_409_and_one_that_is_no_slug_422(client: Client) -> None:
    for path, body in (("customers", {"id": "acme", "name": "x"}), ("contracts", {"id": "hubs", **TERMS})):
        assert (await post(client, path, body)).status_code == 409
        for bad in ("Acme", "*", "åäö", "a/b", "", "a" * 64, "acme\n"):
            assert (await post(client, path, body | {"id": bad})).status_code == 422, bad


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("customers", {"id": "nordan"}),
        ("customers", {"id": "nordan", "name": "Nordan", "colour": "red"}),
        ("customers/acme/entitlements", {"contract": "silver"}),
        ("customers/acme/entitlements", {"contract": "hubs", "until": "2020-01-01T00:00:00Z"}),
        ("customers/acme/entitlements", {"contract": "hubs", "from": "2026-01-01T00:00:00"}),
        ("customers/acme/entitlements/hubs/end", {"at": "2020-01-01T00:00:00Z"}),
        ("customers/acme/service-manager", {"name": "Ylva"}),
        ("customers/acme/service-manager", {**BO, "contract": "timecare"}),
        ("customers/acme/name", {"name": "two\nlines"}),
        ("contracts", {"id": "guld", "policy": "Hubs!"}),
        ("contracts", {"id": "guld", "policy": "hubs", "timezone": "Europe/Atlantis"}),
        ("contracts", {"id": "guld", "policy": "hubs", "timezone": "localtime"}),
        ("contracts", {"id": "guld", "policy": "hubs", "timezone": "../../etc/passwd"}),
        ("contracts", {"id": "guld", "policy": "hubs", "lines": 4}),
        ("contracts", {"id": "guld", "policy": "hubs", "escalate_at_once": ["P5"]}),
        ("people", {**ADA, "external_id": "ada@acme.example"}),
        ("people", {**ADA, "customer": "nobody"}),
        ("people", {"external_id": "u-1", "name": "Ada"}),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_written(client: Client, path: str, body: Any) -> None:
    before = (await client.get("/v1/events?source=/intake/directory&limit=500", headers=by("ops"))).json()
    answer = await post(client, path, body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    after = (await client.get("/v1/events?source=/intake/directory&limit=500", headers=by("ops"))).json()
    assert after == before


async def test_what_is_unknown_is_404(client: Client) -> None:
    for path, body in (
        ("customers/nobody/name", {"name": "x"}),
        ("contracts/silver/terms", TERMS),
        ("customers/acme/entitlements/silver/end", {}),
        ("people/01900000-0000-7000-8000-000000000000/remove", {}),
    ):
        assert (await post(client, path, body)).status_code == 404, path
    for path in ("customers/nobody", "contracts/silver", "people/01900000-0000-7000-8000-000000000000"):
        assert (await client.get(f"/v1/{path}", headers=by("ops"))).status_code == 404, path


async def test_a_change_is_answered_with_its_version_and_a_stale_if_match_is_412(client: Client) -> None:
    first = await client.get("/v1/customers/acme", headers=by("ops"))
    tag = first.headers["ETag"]
    named = await post(client, "customers/acme/name", {"name": "Acme Säker Post AB"}, **{"If-Match": tag})
    assert (named.status_code, named.json()["version"]) == (200, int(tag.strip('"')) + 1)
    again = await post(client, "customers/acme/name", {"name": "Acme"}, **{"If-Match": tag})
    assert again.status_code == 412
    assert "customer" in again.json()["detail"]
    assert (await client.get("/v1/customers/acme", headers=by("ops"))).json() == named.json()


async def test_a_repeated_key_is_answered_the_same_and_does_nothing_twice(client: Client) -> None:
    body, key = {"id": "nordan", "name": "Nordan AB"}, {"Idempotency-Key": "k"}
    first = await post(client, "customers", body, **key)
    assert first.headers["Location"] == "/v1/customers/nordan"
    await done(client, "customers/nordan/name", {"name": "Sunnan AB"})
    again = await post(client, "customers", body, **key)
    assert (again.status_code, again.json(), again.headers["ETag"]) == (201, first.json(), '"1"')
    assert (await post(client, "customers", body | {"name": "x"}, **key)).status_code == 422


async def test_lists_go_on_where_the_page_before_ended(client: Client) -> None:
    for path, key in (("customers", "id"), ("contracts", "id"), ("people", "external_id")):
        if path == "people":
            for number in range(3):
                await done(client, path, {**ADA, "external_id": f"u-{number}", "customer": "acme"})
        whole = (await client.get(f"/v1/{path}", headers=by("ops"))).json()["items"]
        seen, cursor = [], ""
        while cursor is not None:
            page = await client.get(f"/v1/{path}?limit=2{cursor and '&cursor=' + cursor}", headers=by("ops"))
            seen += page.json()["items"]
            cursor = page.json()["next_cursor"]
        assert seen == whole
        assert len({item[key] for item in seen}) == len(seen) > 2
    assert (await client.get("/v1/people?cursor=x", headers=by("ops"))).status_code == 422


async def test_a_removed_person_is_gone_from_lists_answers_and_events(client: Client) -> None:
    person = await done(client, "people", {**ADA, "customer": "acme"})
    path = f"people/{person['id']}"
    assert (await client.get(f"/v1/{path}", headers=by("manager"))).json() == person
    changed = await done(client, f"{path}/contact", {"name": "Ada Annan", "phone": "+46 8 000 00 00"})
    assert (changed["name"], changed["email"]) == ("Ada Annan", None)
    assert (await done(client, f"{path}/remove", None))["removed"]
    assert (await client.get(f"/v1/{path}", headers=by("manager"))).status_code == 404
    assert (await client.get("/v1/people", headers=by("manager"))).json()["items"] == []
    feed = await client.get(f"/v1/events?subject={person['id']}", headers=by("service"))
    assert [event["type"] for event in feed.json()["items"]] == [
        "PersonRegistered.v1",
        "PersonChanged.v1",
        "PersonRemoved.v1",
    ]
    for told in ("Ada", "@acme.example", "+46"):
        assert told not in feed.text
    again = await done(client, "people", {**ADA, "customer": "acme"})
    assert (again["id"], again["version"]) == (person["id"], 4)
    assert (await client.get("/v1/people", headers=by("manager"))).json()["items"] == [again]


async def test_the_feed_gives_the_directory_beside_the_tickets_and_each_alone(client: Client) -> None:
    ticket = await opened(client)
    everything = (await client.get("/v1/events?limit=500", headers=by("service"))).json()["items"]
    assert {event["source"] for event in everything} == {"/intake", "/intake/directory"}
    places = [(event["subject"], event["streamversion"]) for event in everything]
    assert places == sorted(places)
    for source in ("/intake", "/intake/directory"):
        alone = await client.get(f"/v1/events?limit=500&source={source}", headers=by("service"))
        assert alone.json()["items"] == [event for event in everything if event["source"] == source]
    assert (await client.get("/v1/events?source=/escalation", headers=by("ops"))).status_code == 422
    stream = next(event["subject"] for event in everything if event["type"] == "CustomerRegistered.v1")
    one = (await client.get(f"/v1/events?subject={stream}", headers=by("service"))).json()["items"]
    assert [event["streamversion"] for event in one] == list(range(1, len(one) + 1))
    assert ticket["id"] not in {event["subject"] for event in one}


async def test_a_customer_is_no_ticket_whoever_asks(client: Client) -> None:
    feed = (await client.get("/v1/events?source=/intake/directory", headers=by("ops"))).json()["items"]
    acme = next(event["subject"] for event in feed if event["tenant"] == "acme")
    ticket = await opened(client)
    for who in ("acme", "agent"):
        for path in ("", "/events"):
            assert (await client.get(f"/v1/tickets/{acme}{path}", headers=by(who))).status_code == 404
        assert (await post(client, f"tickets/{acme}/comments", {"body": "b"}, who)).status_code == 404
    assert (await post(client, f"tickets/{ticket['id']}/merge", {"into": acme}, "agent")).status_code == 422
    assert (await post(client, f"people/{acme}/remove", {})).status_code == 404
    assert (await client.get(f"/v1/people/{acme}", headers=by("ops"))).status_code == 404
