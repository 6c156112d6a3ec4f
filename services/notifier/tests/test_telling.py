"""From facts to mails on a real database and a real SMTP server: each told once, none lost, order kept."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from msgspec import UNSET
from tests.notifier_facts import (
    AGENT,
    ALERTED,
    BREACHED,
    ESCALATED,
    TRACEPARENT,
    comment,
    fact,
    opened,
    policy,
    postbox,
)

from notifier import handlers
from notifier.adapters.smtp import MailServer
from notifier.claims import adopt, claim
from notifier.handlers import Noting, Policy
from notifier.mailbox import Mailbox
from notifier.outcomes import Accepted, Deferred, Outcome, Refused, Unknown, Unreached
from notifier.presence import Presence
from notifier.sender import Sender, Server
from notifier.settling import Settling
from notifier.sink import listen
from shared.events.envelope import Event, Recorded
from shared.events.ids import new_id
from shared.events.notification import NotificationFailed, NotificationSent
from shared.events.people import Contact
from shared.events.review import ReviewOpened
from shared.events.sla import DeadlineBreached, DeadlineWarned
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration


class Scripted:
    """A mail server that answers as told, then accepts. `seen` has every mail that it was given."""

    def __init__(self, *outcomes: Outcome) -> None:
        self._outcomes = list(outcomes)
        self.seen: list[bytes] = []

    async def send(self, sender: str, recipient: str, mail: bytes) -> Outcome:
        self.seen.append(mail)
        return self._outcomes.pop(0) if self._outcomes else Accepted()


class Service:
    """The notifier without Kafka: batches go straight to the handler."""

    def __init__(self, database: Database, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.database = database
        self.admin = admin
        self.store = PostgresEventStore(database, "/notifier")
        self.woken: list[Callable[[], None]] = []
        self.under(policy())

    def under(self, policy: Policy) -> None:
        """What is heard from now on is told under `policy`."""
        self.noting = Noting(self.store, policy, self._wake, lambda: None)

    def _wake(self) -> None:
        for wake in self.woken:
            wake()

    async def hear(self, *facts: Recorded, live: bool = True) -> None:
        async with self.database.transaction() as tx:
            batch = Batch(tx, 0, facts, live)
            await self.noting.handle(batch)
        for callback in batch.committed:
            callback()

    @asynccontextmanager
    async def sending(self, server: Server, presence: Presence | None = None) -> AsyncIterator[Sender]:
        """An instance that sends; its presence ends with it."""
        presence = presence or Presence(self.database)
        settling = Settling(self.database, self.store, presence.instance, lambda: None)
        sender = Sender(self.database, server, settling, presence, postbox(), pause=lambda: 0.05)
        self.woken.append(sender.wake)
        async with AsyncExitStack() as tasks:
            for work in (settling.run(), presence.run(), sender.run()):
                tasks.push_async_callback(_ended, asyncio.create_task(work))
            yield sender
        self.woken.remove(sender.wake)

    async def ledger(self) -> Sequence[Any]:
        return await self.admin.fetch("SELECT * FROM notifier.ledger ORDER BY ordinal")

    async def until(self, *states: str) -> Sequence[Any]:
        """Wait until the rows stand so."""

        async def there() -> Sequence[Any]:
            rows = await self.ledger()
            return rows if [row["state"] for row in rows] == list(states) else []

        return await eventually(there, what=f"a ledger of {states}")

    async def said(self, ticket: UUID) -> list[Any]:
        return [event.data for event in await self.store.read(ticket, "*")]


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def service(fresh_database: Callable[[str], str]) -> AsyncIterator[Service]:
    database = await open_database(fresh_database("notifier"), "notifier")
    admin = await asyncpg.connect(fresh_database("admin"))
    yield Service(database, admin)
    await admin.close()
    await database.close()


@pytest.fixture(autouse=True)
def one_notice_for_each_fact(monkeypatch: pytest.MonkeyPatch) -> None:
    """How mails go shows with the first notice of a fact; who else is told is the business of other tests."""
    every = handlers.notices_of
    monkeypatch.setattr(handlers, "notices_of", lambda fact, before: every(fact, before)[:1])


@pytest.fixture
def ticket() -> UUID:
    return new_id()


async def test_a_new_ticket_is_confirmed_over_real_smtp(
    service: Service, ticket: UUID, tmp_path: Path
) -> None:
    async with await listen("127.0.0.1", 0, tmp_path) as listener:
        server = MailServer("127.0.0.1", listener.sockets[0].getsockname()[1])
        async with service.sending(server):
            await service.hear(fact(opened(), ticket))
            await service.until("sent")
        await server.close()

    (mail,) = Mailbox(tmp_path).mails()
    assert mail["to"] == "asa.ost@acme.example"
    assert mail["headers"]["X-Stafett-Trace-Id"] == TRACEPARENT.split("-")[1]
    (sent,) = await service.said(ticket)
    assert isinstance(sent, NotificationSent)
    assert (sent.recipient, sent.attempts, sent.address) == ("reporter", 1, "asa.ost@acme.example")


async def test_one_tickets_mails_go_out_in_the_order_of_the_facts(service: Service, ticket: UUID) -> None:
    server = Scripted()
    facts = [fact(opened(), ticket)] + [
        fact(comment(f"svar {n}"), ticket, version=n + 1, minute=n) for n in range(1, 9)
    ]
    async with service.sending(server):
        await service.hear(*facts)
        await service.until(*["sent"] * 9)

    order = [next((n for n in range(1, 9) if f"svar {n}".encode() in mail), 0) for mail in server.seen]
    assert order == list(range(9))
    assert len(await service.said(ticket)) == 9


@pytest.mark.parametrize("outcome", [Deferred("smtp-451"), Unknown("broken-off")])
async def test_what_follows_a_mail_that_is_put_off_waits_for_it_but_other_recipients_do_not(
    service: Service, ticket: UUID, outcome: Outcome
) -> None:
    server = Scripted(outcome)
    async with service.sending(server):
        await service.hear(fact(opened(), ticket))
        await eventually(lambda: server.seen)
        await service.hear(
            fact(comment("svar 1"), ticket, version=2, minute=1),
            fact(comment("svar 2"), ticket, version=3, minute=2),
            fact(ALERTED, ticket),
        )
        rows = await service.until(*["sent"] * 4)

    confirmation, first, second, alert = (f"<{row['id']}@stafett.example>" for row in rows)
    order = [_message_id(mail) for mail in server.seen]
    assert [each for each in order if each != alert] == [confirmation, confirmation, first, second]
    assert order.index(alert) == 1


async def test_hearing_a_fact_again_tells_nobody_again(service: Service, ticket: UUID) -> None:
    for _ in range(2):
        await service.hear(fact(opened(), ticket), fact(BREACHED, ticket))

    assert [row["recipient"] for row in await service.ledger()] == ["reporter", "team"]


async def test_a_rebuild_tells_nobody(service: Service, ticket: UUID) -> None:
    await service.hear(fact(opened(), ticket), fact(ALERTED, ticket), live=False)

    assert await service.ledger() == []


async def test_an_alert_heard_before_its_ticket_waits_for_it(service: Service, ticket: UUID) -> None:
    server = Scripted()
    async with service.sending(server):
        await service.hear(fact(ALERTED, ticket), fact(ESCALATED, ticket), fact(BREACHED, ticket))
        await service.until("pending", "pending", "pending")
        assert server.seen == []
        await service.hear(fact(opened(), ticket))
        rows = await service.until("sent", "sent", "sent", "sent")

    assert [row["address"] for row in rows] == [
        "ylva.exempel@acme.example",
        "asa.ost@acme.example",
        "line-2@support.example",
        "asa.ost@acme.example",
    ]


async def test_what_waited_for_a_reporter_without_e_mail_is_dropped(service: Service, ticket: UUID) -> None:
    await service.hear(fact(ESCALATED, ticket))
    await service.hear(fact(opened(reporter=Contact(name="Åsa", phone="070-1740605")), ticket))

    assert await service.ledger() == []


async def test_an_alert_that_has_nobody_to_go_to_is_told_as_failed(service: Service, ticket: UUID) -> None:
    async with service.sending(Scripted()):
        await service.hear(fact(opened(manager=None), ticket), fact(ALERTED, ticket))
        await service.until("sent", "failed")

    assert any(
        isinstance(event, NotificationFailed) and event.reason == "no-usable-address"
        for event in await service.said(ticket)
    )


async def test_a_refusal_for_good_is_told_as_failed(service: Service, ticket: UUID) -> None:
    async with service.sending(Scripted(Refused("smtp-550"))):
        await service.hear(fact(opened(), ticket))
        (row,) = await service.until("failed")

    (failed,) = await service.said(ticket)
    assert isinstance(failed, NotificationFailed)
    assert (failed.reason, row["reason"], failed.attempts) == ("smtp-550", "smtp-550", 1)


@pytest.mark.parametrize(("outcome", "ambiguities"), [(Deferred("smtp-451"), 0), (Unknown("broken-off"), 1)])
async def test_what_may_yet_succeed_is_tried_again_as_the_same_mail(
    service: Service, ticket: UUID, outcome: Outcome, ambiguities: int
) -> None:
    server = Scripted(outcome)
    async with service.sending(server):
        await service.hear(fact(opened(), ticket))
        (row,) = await service.until("sent")

    assert (row["attempts"], row["ambiguities"]) == (2, ambiguities)
    first, second = (_message_id(mail) for mail in server.seen)
    assert first == second
    assert len(await service.said(ticket)) == 1


async def test_what_may_have_gone_out_twice_is_not_sent_again(service: Service, ticket: UUID) -> None:
    server = Scripted(*[Unknown("broken-off")] * 2)
    async with service.sending(server):
        await service.hear(fact(opened(), ticket))
        await service.until("failed")

    first, second = server.seen
    assert _message_id(first) == _message_id(second)
    (failed,) = await service.said(ticket)
    assert isinstance(failed, NotificationFailed)


async def test_a_mail_server_that_is_away_costs_no_attempts(service: Service, ticket: UUID) -> None:
    async with service.sending(Scripted(*[Unreached("unreachable")] * 3)):
        await service.hear(fact(opened(), ticket))
        (row,) = await service.until("sent")

    assert row["attempts"] == 1


async def test_what_a_dead_instance_was_sending_goes_once_more_under_the_same_id(
    service: Service, ticket: UUID
) -> None:
    await service.hear(fact(opened(), ticket))
    async with service.database.transaction() as tx:
        ((left, _),) = await claim(tx, instance=7, most=10)
    server = Scripted()
    async with service.sending(server):
        (row,) = await service.until("sent")

    assert (row["attempts"], row["ambiguities"]) == (2, 1)
    assert [_message_id(mail) for mail in server.seen] == [f"<{left.id}@stafett.example>"]
    assert len(await service.said(ticket)) == 1


async def test_what_was_claimed_by_a_commit_that_was_not_heard_of_is_sent_once(
    service: Service, ticket: UUID
) -> None:
    presence = Presence(service.database)
    await service.hear(fact(opened(), ticket))
    async with service.database.transaction() as tx:
        await claim(tx, presence.instance, most=10)
    server = Scripted()
    async with service.sending(server, presence):
        (row,) = await service.until("sent")

    assert (row["attempts"], row["ambiguities"], len(server.seen)) == (1, 0, 1)


async def test_what_a_living_instance_is_sending_is_left_to_it(service: Service, ticket: UUID) -> None:
    other = Presence(service.database)
    alive = asyncio.create_task(other.run())
    await other.held.wait()
    await service.hear(fact(opened(), ticket))
    async with service.database.transaction() as tx:
        await claim(tx, other.instance, most=10)
    server = Scripted()
    async with service.sending(server):
        await service.hear(fact(comment("Hej"), ticket, version=2, minute=1), fact(BREACHED, ticket))
        await service.until("sending", "pending", "sent")
    await _ended(alive)

    assert len(server.seen) == 1


async def test_an_instance_that_is_asked_to_end_finishes_its_conversations(
    service: Service, ticket: UUID
) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Scripted):
        async def send(self, sender: str, recipient: str, mail: bytes) -> Outcome:
            begun.set()
            await go_on.wait()
            return await super().send(sender, recipient, mail)

    server = Slow()
    async with service.sending(server):
        await service.hear(fact(opened(), ticket), fact(comment("Hej"), ticket, version=2, minute=1))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.05, go_on.set)

    assert [row["state"] for row in await service.ledger()] == ["sent", "pending"]
    assert len(server.seen) == 1


def _message_id(mail: bytes) -> str:
    return next(
        line.partition(b": ")[2].decode().strip()
        for line in mail.splitlines()
        if line.startswith(b"Message-ID")
    )


async def test_what_is_folded_goes_as_one_mail_and_each_notice_is_told_as_sent_by_it(
    service: Service, ticket: UUID
) -> None:
    server = Scripted()
    service.under(policy(window=0.3))
    async with service.sending(server):
        await service.hear(
            fact(opened(priority="P3"), ticket),
            *[fact(comment(f"svar {n}"), ticket, version=n + 1, minute=n) for n in (1, 2, 3)],
        )
        rows = await service.until(*["sent"] * 4)

    assert len(server.seen) == 3
    assert b"svar 2" in server.seen[2]
    assert b"svar 3" in server.seen[2]
    sent = [event for event in await service.said(ticket) if isinstance(event, NotificationSent)]
    carried = {event.notification_id: event.carried_by for event in sent if event.carried_by is not UNSET}
    assert carried == {str(rows[3]["id"]): str(rows[2]["id"])}


async def test_a_mail_whose_every_attempt_was_cut_off_by_a_crash_is_told_as_failed_and_not_sent_again(
    service: Service, ticket: UUID
) -> None:
    await service.hear(fact(opened(), ticket))
    async with service.database.transaction() as tx:
        await claim(tx, instance=7, most=10)
    async with service.database.transaction() as tx:
        await adopt(tx, 8)
        await claim(tx, instance=7, most=10)
    server = Scripted()
    async with service.sending(server):
        (row,) = await service.until("failed")

    assert server.seen == []
    assert (row["reason"], row["attempts"], row["ambiguities"]) == ("outcome-unknown", 2, 2)
    (failed,) = await service.said(ticket)
    assert isinstance(failed, NotificationFailed)
    assert failed.attempts == 2


async def test_a_review_reaches_its_owner_from_its_opening_until_it_is_overdue(
    service: Service, ticket: UUID
) -> None:
    server, owner = Scripted(), Contact(name="Bo Exempel", email="bo@support.example")
    clock: Any = {"deadline_id": "d9", "kind": "review", "due_at": BREACHED.due_at, "internal": True}
    told: Sequence[Event] = (
        ReviewOpened(review=1, highest_priority="P1", due_at=BREACHED.due_at, owner=owner, by=AGENT),
        DeadlineWarned(reason="fraction", warn_at=BREACHED.due_at, **clock),
        DeadlineBreached(commitment="aim", detected_at=BREACHED.due_at, **clock),
    )
    async with service.sending(server):
        await service.hear(fact(opened(), ticket))
        await service.hear(*(fact(event, ticket, version=n) for n, event in enumerate(told, start=2)))
        rows = await service.until(*["sent"] * 4)

    assert [(row["template"], row["recipient"], row["address"]) for row in rows[1:]] == [
        (f"review_{what}", "review_owner", owner.email) for what in ("opened", "warned", "overdue")
    ]
