"""From facts to signed POSTs, on a real database and a real HTTP server: in order, none lost, none twice."""

import asyncio

import pytest
from standardwebhooks import WebhookVerificationError
from tests.notifier_facts import AGENT, CLIENT, comment, fact, opened
from tests.webhook_rig import OK, Desk, Post, Receiver, answer, ids

from notifier.webhooks.announcing import Announcing
from notifier.webhooks.entering import enter
from shared.events.ids import new_id
from shared.events.notification import NotificationSent, Recipient
from shared.events.ticket import TicketResolved
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.store import Append, NewEvent

pytestmark = pytest.mark.integration
RECIPIENTS: tuple[Recipient, ...] = ("reporter", "team")
SOLVED = TicketResolved(by=AGENT, solution="Omstartad.")


async def test_a_tickets_events_arrive_signed_and_in_order(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    ticket = new_id()
    async with desk.sending():
        await desk.hear(
            fact(opened(), ticket),
            fact(comment("Vi felsöker.", by=CLIENT), ticket, version=2),
            fact(SOLVED, ticket, version=3),
        )
        posts = await receiver.got(3)

    assert receiver.types == ["TicketOpened.v1", "CommentAdded.v1", "TicketResolved.v1"]
    for post in posts:
        event = post.verified(hook["secret"])
        assert (event["specversion"], event["subject"], event["source"]) == ("1.0", str(ticket), "/intake")
        assert post.headers["content-type"].startswith("application/cloudevents+json")
        assert post.path == "/hook?key=1"
    assert [post.event["streamversion"] for post in posts] == [1, 2, 3]
    with pytest.raises(WebhookVerificationError):
        posts[0].verified("whsec_" + "A" * 43 + "=")


async def test_a_later_event_of_a_ticket_waits_for_an_earlier_one(desk: Desk, receiver: Receiver) -> None:
    receiver.replies = [answer(503)]
    hook = await desk.hook(receiver.url)
    one, other = new_id(), new_id()
    async with desk.sending():
        await desk.hear(fact(opened(), one))
        await desk.until(hook, "pending")
        (first,) = await desk.deliveries(hook)
        await desk.attempts(first, 1)
        await desk.hear(fact(SOLVED, one, version=2), fact(opened(), other))
        await desk.until(hook, "pending", "pending", "delivered")
        desk.later(seconds=5)
        await desk.until(hook, "delivered", "delivered", "delivered")

    assert [post.event["subject"] for post in receiver.posts] == [str(t) for t in (one, other, one, one)]
    assert receiver.types[2:] == ["TicketOpened.v1", "TicketResolved.v1"]
    assert ids(receiver.posts)[0] == ids(receiver.posts)[2], "a retry bears the same webhook-id"


async def test_a_later_event_of_a_ticket_waits_while_an_earlier_one_is_under_way(
    desk: Desk, receiver: Receiver
) -> None:
    free = asyncio.Event()

    async def slow(_: Post) -> bytes:
        await free.wait()
        return OK

    receiver.replies = [slow]
    hook = await desk.hook(receiver.url)
    one, other = new_id(), new_id()
    async with desk.sending():
        await desk.hear(fact(opened(), one))
        await receiver.got(1)
        await desk.hear(fact(SOLVED, one, version=2), fact(opened(), other))
        await desk.until(hook, "sending", "pending", "delivered")
        assert [post.event["subject"] for post in receiver.posts] == [str(one), str(other)]
        free.set()
        await desk.until(hook, "delivered", "delivered", "delivered")


async def test_nothing_is_sent_of_what_is_heard_while_starting(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    await desk.hear(fact(opened(), new_id()), live=False)
    assert await desk.deliveries(hook) == []


async def test_an_event_heard_twice_is_told_once(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    told = fact(opened(), new_id())
    await desk.hear(told)
    await desk.hear(told)
    assert len(await desk.deliveries(hook)) == 1


async def test_what_is_not_committed_is_not_told(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    with pytest.raises(RuntimeError):
        async with desk.database.transaction() as tx:
            assert await enter(tx, [fact(opened(), new_id())]) == 1
            raise RuntimeError
    assert await desk.deliveries(hook) == []


async def test_what_the_notifier_itself_says_is_told_too(desk: Desk, receiver: Receiver) -> None:
    """Of its mails a customer hears that they went to its reporter, and not to which address."""
    hook, ours = await desk.hook(receiver.url), await desk.hook(receiver.url, "ops")
    ticket = new_id()
    mails = [
        NotificationSent(
            notification_id="n",
            about="a",
            template="ticket_opened",
            channel="email",
            recipient=recipient,
            attempts=1,
            address="nobody@acme.example",
        )
        for recipient in RECIPIENTS
    ]
    store = Announcing(PostgresEventStore(desk.database, "/notifier"))
    async with desk.database.transaction() as tx:
        told = [NewEvent(new_id(), tx.now, mail) for mail in mails]
        await store.append(tx, [Append(ticket, "acme", 0, told, new_id())])
    assert [len(await desk.deliveries(each, who)) for each, who in ((hook, "acme"), (ours, "ops"))] == [1, 2]
    async with desk.sending():
        await desk.until(hook, "delivered")
        await desk.until(ours, "delivered", "delivered", who="ops")
    (post,) = [post for post in receiver.posts if "dataschema" not in post.event]
    assert post.event["data"]["recipient"] == "reporter"
    assert "nobody@acme.example" not in post.body
