"""From facts to signed POSTs, on a real database and a real HTTP server: in order, none lost, none twice."""

from collections.abc import AsyncIterator, Callable

import asyncpg
import pytest
from standardwebhooks import WebhookVerificationError
from tests.notifier_facts import AGENT, CLIENT, comment, fact, opened
from tests.webhook_rig import Desk, Receiver, answer, ids

from notifier.webhooks.entering import enter
from notifier.webhooks.signing import Keys
from shared.events.ids import new_id
from shared.events.ticket import TicketResolved
from shared.eventstore.database import open_database

pytestmark = pytest.mark.integration
SOLVED = TicketResolved(by=AGENT, solution="Omstartad.")


@pytest.fixture
async def desk(fresh_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    database = await open_database(fresh_database("notifier"), "notifier")
    admin = await asyncpg.connect(fresh_database("admin"))
    desk = Desk(database, admin, Keys())
    yield desk
    await desk.close()
    await admin.close()
    await database.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver().listening() as receiver:
        yield receiver


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
