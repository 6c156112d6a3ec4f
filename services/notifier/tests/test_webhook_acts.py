"""Whose webhooks are whose, what is done to them and by whom, and what never leaves support."""

import asyncio
import base64
from typing import Any

import asyncpg
import pytest
from standardwebhooks import WebhookVerificationError
from tests.notifier_facts import AGENT, ALERTED, BREACHED, CLIENT, ESCALATED, MANAGER, comment, fact, opened
from tests.webhook_rig import Desk, Json, Receiver, answer, ids

from notifier.webhooks.acts import MOST_ACTIVE
from notifier.webhooks.signing import Keys
from shared.events.envelope import Recorded
from shared.events.escalation import OnCallAlerted, TicketAssigned
from shared.events.ids import new_id
from shared.events.sla import DeadlineBreached
from shared.events.ticket import TicketResolved

pytestmark = pytest.mark.integration
URL = "http://127.0.0.1:9009/hook"
SECRET_WORDS = ("Bara vi", "rotten", MANAGER.name, "beredskap@support.example", "line-2", "agent-7")
INTERNAL_CLOCK = DeadlineBreached(
    deadline_id="d2",
    kind="line_limit",
    commitment="aim",
    due_at=BREACHED.due_at,
    detected_at=BREACHED.due_at,
    internal=True,
)


def history() -> list[Recorded]:
    """Everything that can happen between a ticket and support's own doings."""
    ticket = new_id()
    alert = OnCallAlerted(
        alert_id="a",
        team="line-2",
        level=1,
        attempt=1,
        reason="rotten",
        cause_id="c",
        acknowledge_by=None,
        email="beredskap@support.example",
    )
    told = (
        opened(),
        comment("Bara vi", visibility="internal"),
        comment("Hej!"),
        comment("Tack.", by=CLIENT),
        ESCALATED,
        TicketAssigned(line=2, team="line-2", by=AGENT, assignee="agent-7"),
        ALERTED,
        alert,
        BREACHED,
        INTERNAL_CLOCK,
        TicketResolved(by=AGENT, solution="Klart."),
    )
    return [fact(event, ticket, version=version) for version, event in enumerate(told, 1)]


async def test_internal_words_and_supports_doings_never_leave_for_a_customer(
    desk: Desk, receiver: Receiver
) -> None:
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        await desk.hear(*history())
        await desk.until(hook, *["delivered"] * 6)

    assert receiver.types == [
        *("TicketOpened.v1", "CommentAdded.v1", "CommentAdded.v1", "TicketEscalated.v1"),
        *("DeadlineBreached.v1", "TicketResolved.v1"),
    ]
    for post in receiver.posts:
        assert not [word for word in SECRET_WORDS if word in post.body], post.body
    by_type = {post.type: post.event["data"] for post in receiver.posts}
    assert by_type["TicketEscalated.v1"] == {"from_line": 1, "to_line": 2}
    assert by_type["TicketResolved.v1"]["by"] == {"id": "support", "party": "support", "role": "agent"}
    assert by_type["TicketOpened.v1"]["by"]["id"] == "client"
    assert set(by_type["TicketOpened.v1"]["contract"]) == {"id", "policy", "timezone", "locale"}


@pytest.mark.parametrize("who", ["manager", "ops", "service"])
async def test_support_and_operators_are_told_everything(desk: Desk, receiver: Receiver, who: str) -> None:
    await desk.hook(receiver.url, who)
    told = history()
    async with desk.sending():
        await desk.hear(*told)
        await receiver.got(len(told))
    assert receiver.types == [event.type for event in told]
    assert receiver.posts[0].event["dataschema"].endswith("/TicketOpened.v1.json")
    assert "Bara vi" in receiver.posts[1].body


async def test_a_hook_is_told_the_types_that_it_asked_for(desk: Desk, receiver: Receiver) -> None:
    await desk.hook(receiver.url, types=["TicketResolved.v1"])
    async with desk.sending():
        await desk.hear(*history())
        await receiver.got(1)
    assert receiver.types == ["TicketResolved.v1"]


async def test_a_manager_may_name_one_customer(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url, "manager", customer="region")
    await desk.hear(*history())
    assert await desk.deliveries(hook, "manager") == []
    other = await desk.hook(receiver.url, "manager", customer="acme")
    await desk.hear(*history())
    assert len(await desk.deliveries(other, "manager")) == 11


# Tenants. Each route with each layer alone: the tenant matrix (tests/integration/system).


async def test_another_customers_events_are_not_entered(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url, "region")
    await desk.hear(*history())
    assert await desk.deliveries(hook, "region") == []
    assert await desk.rows("webhook_deliveries") == []


async def test_the_statement_alone_keeps_another_customers_events_out(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifier.webhooks.entering.message", lambda hook, event: {"leaked": True})
    monkeypatch.setattr("notifier.webhooks.entering._ACTIVE", _WITHOUT_CUSTOMER)
    hook = await desk.hook(receiver.url, "region")
    await desk.hear(*history())
    assert await desk.deliveries(hook, "region") == []


_WITHOUT_CUSTOMER = "SELECT id, audience, customer, types FROM webhooks WHERE cardinality($1::text[]) > 0"


async def test_the_table_alone_refuses_another_customers_event(desk: Desk, receiver: Receiver) -> None:
    await desk.hook(receiver.url, "region")
    hook = (await desk.rows("webhooks"))[0]["id"]
    with pytest.raises(asyncpg.CheckViolationError):
        await desk.admin.execute(
            "INSERT INTO notifier.webhook_deliveries (id, webhook, tenant, customer, event_id, event_type,"
            " subject, body, created_at, next_attempt_at)"
            " VALUES ($1, $2, 'region', 'acme', $1, 'x', $1, '{}', now(), now())",
            new_id(),
            hook,
        )


async def test_row_level_security_alone_keeps_hooks_and_deliveries_apart(desk: Desk) -> None:
    await desk.hook(URL)
    await desk.hook(URL, "manager", customer="acme")
    await desk.hear(*history())
    counts: dict[str, dict[str, int]] = {}
    for tenant in ("acme", "region", "*", ""):
        async with desk.database.reading(tenant) as connection:
            counts[tenant] = {
                table: await connection.fetchval(f"SELECT count(*) FROM {table}")
                for table in ("webhooks", "webhook_acts", "webhook_deliveries")
            }
    assert counts["acme"] == {"webhooks": 1, "webhook_acts": 1, "webhook_deliveries": 6}
    assert set(counts["region"].values()) == set(counts[""].values()) == {0}
    assert counts["*"] == {"webhooks": 2, "webhook_acts": 2, "webhook_deliveries": 17}


async def test_the_readers_role_cannot_read_secrets(desk: Desk) -> None:
    await desk.hook(URL)
    async with desk.database.reading("*") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM webhook_secrets")


async def test_a_customer_does_not_see_supports_hook_on_its_own_tickets(desk: Desk) -> None:
    hook = await desk.hook(URL, "manager", customer="acme")
    assert (await desk.call("GET", "acme", f"/{hook['id']}")).status_code == 404
    assert (await desk.call("GET", "acme")).json()["items"] == []


async def test_a_manager_does_not_see_the_operators_hooks(desk: Desk) -> None:
    hook = await desk.hook(URL, "ops")
    assert (await desk.call("GET", "manager", f"/{hook['id']}")).status_code == 404
    assert (await desk.call("GET", "ops", f"/{hook['id']}")).status_code == 200


async def test_an_agent_has_no_webhooks(desk: Desk) -> None:
    assert (await desk.call("GET", "agent")).status_code == 403
    assert (await desk.call("POST", "agent", json={"url": URL})).status_code == 403


async def test_only_its_own_side_rotates_a_secret(desk: Desk) -> None:
    hook = await desk.hook(URL)
    for who in ("manager", "ops"):
        assert (await desk.call("POST", who, f"/{hook['id']}/rotate")).status_code == 403
        assert (await desk.call("GET", who, f"/{hook['id']}")).status_code == 200


async def test_who_in_support_disabled_it_is_supports_own(desk: Desk) -> None:
    hook = await desk.hook(URL)
    await desk.act(hook, "disable", "manager")
    assert [act["by"] for act in (await desk.seen(hook))["history"]] == ["support", "local-acme"]
    assert (await desk.seen(hook, "ops"))["history"][0]["by"] == "local-manager"


# Secrets.


async def test_the_secret_is_shown_once_and_has_256_bits(desk: Desk) -> None:
    hook = await desk.hook(URL)
    assert hook["secret"].startswith("whsec_")
    assert len(base64.b64decode(hook["secret"].removeprefix("whsec_"))) == 32
    rotated = await desk.act(hook, "rotate")
    for found in (
        await desk.seen(hook),
        (await desk.call("GET", "acme")).json(),
        await desk.act(hook, "disable"),
    ):
        assert "secret" not in str(found).replace("secret_", "")
        assert hook["secret"] not in str(found)
        assert rotated["secret"] not in str(found)
    assert hook["secret"] not in str(await desk.rows("webhook_acts"))


async def test_both_secrets_sign_for_a_day_after_a_rotation(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        new = (await desk.act(hook, "rotate"))["secret"]
        await desk.act(hook, "test")
        (post,) = await receiver.got(1)
        assert len(post.headers["webhook-signature"].split(" ")) == 2
        for secret in (hook["secret"], new):
            post.verified(secret)

        newest = (await desk.act(hook, "rotate"))["secret"]
        await desk.act(hook, "test")
        (_, post) = await receiver.got(2)
        assert len(post.headers["webhook-signature"].split(" ")) == 2
        post.verified(new)
        post.verified(newest)
        with pytest.raises(WebhookVerificationError):
            post.verified(hook["secret"])

        desk.later(hours=24)
        await desk.act(hook, "test")
        (*_, post) = await receiver.got(3)
        assert len(post.headers["webhook-signature"].split(" ")) == 1


async def test_with_a_key_the_database_alone_gives_no_secret_away(desk: Desk) -> None:
    desk.keys.__init__(["k" * 32])  # type: ignore[misc]
    hook = await desk.hook(URL)
    secret = base64.b64decode(hook["secret"].removeprefix("whsec_"))
    (row,) = await desk.rows("webhook_secrets")
    assert secret != row["seed"]
    assert secret not in str(row).encode()


def test_a_key_is_changed_without_losing_what_it_derived() -> None:
    old = Keys(["k" * 32])
    material = old.new()
    both = Keys(["n" * 32, "k" * 32])
    assert both.secret(material) == old.secret(material)
    assert both.new().key != material.key
    with pytest.raises(LookupError):
        Keys(["n" * 32]).secret(material)


# Acts.


async def test_a_test_goes_out_by_the_same_road(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        asked = await desk.act(hook, "test")
        (post,) = await receiver.got(1)
    assert post.verified(hook["secret"])["type"] == "WebhookTested.v1"
    assert post.headers["webhook-id"] == asked["id"]
    assert asked["state"] == "pending"


async def test_a_disabled_hook_is_told_nothing_until_it_is_enabled(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    await desk.hear(history()[0])
    disabled = await desk.act(hook, "disable")
    assert (disabled["state"], disabled["disabled_because"]) == ("disabled", "owner")
    async with desk.sending():
        await desk.hear(history()[0])
        assert (await desk.call("POST", "acme", f"/{hook['id']}/test")).status_code == 409
        (dropped,) = await desk.until(hook, "dead")
        assert dropped["reason"] == "webhook-disabled"
        resend = f"/{hook['id']}/deliveries/{dropped['id']}/resend"
        assert (await desk.call("POST", "acme", resend)).status_code == 409
        assert receiver.posts == []
        enabled = await desk.act(hook, "enable")
        assert (enabled["state"], enabled["disabled_because"], enabled["version"]) == ("active", None, 3)
        await desk.hear(history()[0])
        await desk.until(hook, "dead", "delivered")


async def test_what_is_sent_again_bears_the_same_id_and_body(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        await desk.hear(history()[0])
        (delivery,) = await desk.until(hook, "delivered")
        receiver.replies = [answer(500)]
        again = await desk.act(hook, f"deliveries/{delivery['id']}/resend")
        assert (again["id"], again["state"], again["settled_at"]) == (delivery["id"], "pending", None)
        await desk.attempts(delivery, 2)
        desk.later(seconds=5)
        log = await desk.attempts(delivery, 3)
    assert [(entry["number"], entry["status"]) for entry in log] == [(1, 204), (2, 500), (3, 204)]
    assert len(set(ids(receiver.posts))) == 1
    assert len({post.body for post in receiver.posts}) == 1


async def test_what_is_sent_again_holds_nothing_back(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    told = history()
    async with desk.sending():
        await desk.hear(told[0])
        (delivery,) = await desk.until(hook, "delivered")
        receiver.replies = [answer(500)]
        await desk.act(hook, f"deliveries/{delivery['id']}/resend")
        await desk.attempts(delivery, 2)
        await desk.hear(told[2])
        await desk.until(hook, "pending", "delivered")


async def test_what_waits_can_be_sent_at_once(desk: Desk, receiver: Receiver) -> None:
    receiver.replies = [answer(500), answer(500)]
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        await desk.hear(*[each for each in history() if each.type == "TicketOpened.v1"])
        (delivery,) = await desk.until(hook, "pending")
        await desk.attempts(delivery, 1)
        desk.later(seconds=5)
        await desk.attempts(delivery, 2)
        await desk.act(hook, f"deliveries/{delivery['id']}/resend")
        await desk.until(hook, "delivered")


async def test_an_act_repeated_with_its_key_is_done_once_and_answered_the_same(desk: Desk) -> None:
    body = {"url": URL}
    keyed = {"Idempotency-Key": "k1"}
    first = await desk.call("POST", "acme", json=body, headers=keyed)
    again = await desk.call("POST", "acme", json=body, headers=keyed)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    hook = first.json()
    other = await desk.call("POST", "acme", json={"url": URL + "2"}, headers=keyed)
    assert other.status_code == 422

    rotated = [await desk.call("POST", "acme", f"/{hook['id']}/rotate", headers=keyed) for _ in range(2)]
    assert rotated[0].content == rotated[1].content
    assert rotated[0].json()["secret"] != hook["secret"]
    await desk.act(hook, "rotate")
    await desk.act(hook, "disable")
    later = await desk.call("POST", "acme", json=body, headers=keyed)
    assert later.content == first.content
    assert len(await desk.rows("webhooks")) == 1


async def test_another_credential_with_the_same_key_gets_nothing_of_it(desk: Desk) -> None:
    keyed = {"Idempotency-Key": "k1"}
    mine = await desk.call("POST", "acme", json={"url": URL}, headers=keyed)
    theirs = await desk.call("POST", "region", json={"url": URL}, headers=keyed)
    assert mine.json()["secret"] != theirs.json()["secret"]


async def test_an_act_rests_on_the_version_that_it_names(desk: Desk) -> None:
    hook = await desk.hook(URL)
    await desk.act(hook, "disable", headers={"If-Match": '"1"'})
    stale = await desk.call("POST", "acme", f"/{hook['id']}/enable", headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_who_did_what_is_kept(desk: Desk) -> None:
    hook = await desk.hook(URL)
    for act in ("rotate", "test", "disable", "enable"):
        await desk.act(hook, act)
    acts = [(act["act"], act["by"], act["role"]) for act in (await desk.seen(hook))["history"]]
    assert acts == [
        (act, "local-acme", "client") for act in ("enabled", "disabled", "tested", "rotated", "created")
    ]


async def test_active_hooks_of_a_customer_are_bounded(desk: Desk) -> None:
    hooks = [await desk.hook(URL) for _ in range(MOST_ACTIVE - 1)]
    both = await asyncio.gather(*(desk.call("POST", "acme", json={"url": URL}) for _ in range(2)))
    assert sorted(made.status_code for made in both) == [201, 409]
    await desk.hook(URL, "region")
    await desk.act(hooks[0], "disable")
    await desk.hook(URL)
    assert (await desk.call("POST", "acme", f"/{hooks[0]['id']}/enable")).status_code == 409


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/url"),
        ({"url": "https://hooks.example.org/"}, "/url"),
        ({"url": "http://user:pw@127.0.0.1:9000/"}, "/url"),
        ({"url": URL + "a" * 2000}, "/url"),
        ({"url": URL, "types": ["TicketOpened"]}, "/types/0"),
        ({"url": URL, "types": ["TicketOpened.v1", "TicketAssigned.v1"]}, "/types/1"),
        ({"url": URL, "types": []}, "/types"),
        ({"url": URL, "customer": "region"}, "/customer"),
        ({"url": URL, "secret": "whsec_mine"}, "/secret"),
        ({"url": URL, "description": ""}, "/description"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(desk: Desk, body: Json, pointer: str) -> None:
    refused = await desk.call("POST", "acme", json=body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert await desk.rows("webhooks") == []


async def test_lists_are_read_in_pages(desk: Desk) -> None:
    hooks = [await desk.hook(URL) for _ in range(3)]
    first = (await desk.call("GET", "acme", params={"limit": 2})).json()
    rest = (await desk.call("GET", "acme", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == [hook["id"] for hook in hooks]
    assert rest["next_cursor"] is None

    await desk.hear(*history())
    path = f"/{hooks[0]['id']}/deliveries"
    seen: list[Any] = []
    page: Json = {"next_cursor": None}
    while not seen or page["next_cursor"]:
        query = {"limit": 4, "state": "pending"} | ({"cursor": page["next_cursor"]} if seen else {})
        page = (await desk.call("GET", "acme", path, params=query)).json()
        seen += page["items"]
    assert len({each["id"] for each in seen}) == len(seen) == 6
    assert (await desk.call("GET", "acme", path, params={"state": "lost"})).status_code == 422


async def test_a_delivery_shows_what_is_sent(desk: Desk) -> None:
    hook = await desk.hook(URL)
    await desk.hear(history()[0])
    (delivery,) = await desk.deliveries(hook)
    found = (await desk.call("GET", "acme", f"/{hook['id']}/deliveries/{delivery['id']}")).json()
    assert found["payload"]["type"] == "TicketOpened.v1"
    assert found["log"] == []
