"""Receivers that are slow, refuse, are gone or lie; and ourselves, dying at the worst moment."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from tests.notifier_facts import AGENT, fact, opened
from tests.webhook_rig import OK, Desk, Json, Post, Receiver, answer, ids

from notifier.domain.webhooks import SCHEDULE
from notifier.webhooks import claims, sending
from notifier.webhooks.entering import enter
from notifier.webhooks.posting import Posted, Poster
from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.ticket import TicketResolved
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration


def news(ticket: Any = None, version: int = 1) -> Recorded:
    event = opened() if version == 1 else TicketResolved(by=AGENT, solution=str(version))
    return fact(event, ticket or new_id(), version=version)


async def test_a_delivery_is_tried_by_the_schedule_and_then_is_dead(desk: Desk, receiver: Receiver) -> None:
    receiver.always = answer(500, b"Trasig.")
    hook = await desk.hook(receiver.url)
    ticket = new_id()
    async with desk.sending():
        await desk.hear(news(ticket))
        (delivery,) = await desk.until(hook, "pending")
        for number, pause in enumerate(SCHEDULE, 1):
            await desk.attempts(delivery, number)
            (waiting,) = await desk.until(hook, "pending")
            assert waiting["attempts"] == number
            due = (await desk.rows("webhook_deliveries"))[0]["next_attempt_at"]
            ago = await desk.database.now() - (await desk.rows("webhook_attempts"))[-1]["at"]
            assert timedelta(0) <= pause - (due - await desk.database.now()) <= ago + timedelta(seconds=1)
            desk.later(seconds=pause.total_seconds())
        (dead,) = await desk.until(hook, "dead")
        await desk.hear(news(ticket, 2))
        receiver.always = OK
        await desk.until(hook, "dead", "delivered")

    assert (dead["attempts"], dead["status"], dead["reason"]) == (8, 500, "status")
    assert len(set(ids(receiver.posts[:8]))) == 1
    log = await desk.attempts(delivery, 8)
    assert [entry["number"] for entry in log] == list(range(1, 9))
    assert {(entry["status"], entry["error"], entry["answer"]) for entry in log} == {
        (500, "status", "Trasig.")
    }
    assert all(entry["duration_ms"] >= 0 for entry in log)


async def test_what_waits_behind_a_dead_delivery_goes_out(desk: Desk, receiver: Receiver) -> None:
    receiver.replies = [answer(500)] * 8
    hook = await desk.hook(receiver.url)
    ticket = new_id()
    async with desk.sending():
        await desk.hear(news(ticket), news(ticket, 2))
        (first, _) = await desk.until(hook, "pending", "pending")
        for number, pause in enumerate(SCHEDULE, 1):
            await desk.attempts(first, number)
            desk.later(seconds=pause.total_seconds())
        await desk.until(hook, "dead", "delivered")
    assert receiver.types == ["TicketOpened.v1"] * 8 + ["TicketResolved.v1"]


async def test_what_is_entered_while_a_hook_is_being_disabled_does_not_wait_for_it(
    desk: Desk, receiver: Receiver
) -> None:
    hook = await desk.hook(receiver.url)
    async with desk.database.transaction() as tx:
        assert await enter(tx, [news()]) == 1
        await desk.act(hook, "disable")
    async with desk.sending():
        (dead,) = await desk.until(hook, "dead")
        await desk.act(hook, "enable")
        await desk.hear(news())
        await desk.until(hook, "dead", "delivered")
    assert (dead["reason"], dead["settled_at"] is None) == ("webhook-disabled", False)
    assert len(receiver.posts) == 1


async def test_a_receiver_that_asks_for_time_gets_it(desk: Desk, receiver: Receiver) -> None:
    receiver.replies = [answer(429, b"", "Retry-After: 120")]
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        await desk.hear(news())
        (delivery,) = await desk.until(hook, "pending")
        await desk.attempts(delivery, 1)
        due = (await desk.rows("webhook_deliveries"))[0]["next_attempt_at"]
    assert timedelta(seconds=100) < due - await desk.database.now() <= timedelta(seconds=120)


async def test_a_receiver_that_is_gone_ends_the_hook(desk: Desk, receiver: Receiver) -> None:
    receiver.always = answer(410)
    hook = await desk.hook(receiver.url)
    ticket = new_id()
    async with desk.sending():
        await desk.hear(news(ticket), news(ticket, 2))
        await desk.until(hook, "dead", "dead")
        await desk.hear(news())

    seen = await desk.seen(hook)
    assert (seen["state"], seen["disabled_because"]) == ("disabled", "gone")
    assert [(act["act"], act["by"]) for act in seen["history"]] == [
        ("disabled", "system"),
        ("created", "local-acme"),
    ]
    reasons = [each["reason"] for each in await desk.deliveries(hook)]
    assert reasons == ["gone", "webhook-disabled"]
    assert len(receiver.posts) == 1


async def test_five_days_without_success_end_the_hook(desk: Desk, receiver: Receiver) -> None:
    receiver.always = answer(500)
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        for number in range(1, 5):
            await desk.hear(news())
            await _exhausted(desk, hook, number)
            assert (await desk.seen(hook))["state"] == "active", f"after {number} times 27 and a half hours"
        await desk.hear(news())
        await _exhausted(desk, hook, 5)
    seen = await desk.seen(hook)
    assert (seen["state"], seen["disabled_because"]) == ("disabled", "no-success")
    assert seen["last_success_at"] is None


async def test_one_success_begins_the_five_days_anew(desk: Desk, receiver: Receiver) -> None:
    receiver.always = answer(500)
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        await desk.hear(news())
        await _exhausted(desk, hook, 1)
        assert (await desk.seen(hook))["failing_since"] is not None
        receiver.replies = [OK]
        desk.later(days=4)
        await desk.hear(news())
        await desk.until(hook, "dead", "delivered")
        seen = await desk.seen(hook)
        assert (seen["failing_since"], seen["last_success_at"] is None) == (None, False)
        desk.later(days=2)
        await desk.hear(news())
        await _exhausted(desk, hook, 3)
    assert (await desk.seen(hook))["state"] == "active"


async def _exhausted(desk: Desk, hook: Json, number: int) -> None:
    """Until the newest of so many deliveries has used up its schedule: 27 hours and a half."""
    delivery = (await desk.deliveries(hook))[number - 1]
    for tried, pause in enumerate(SCHEDULE, 1):
        await desk.attempts(delivery, tried)
        desk.later(seconds=pause.total_seconds())
    await desk.attempts(delivery, 8)


async def test_a_slow_receiver_holds_up_nobody_else_and_has_a_bound(desk: Desk, receiver: Receiver) -> None:
    free = asyncio.Event()

    async def slow(_: Post) -> bytes:
        await free.wait()
        return OK

    async with Receiver().listening() as quick, desk.sending():
        receiver.always = slow
        hook, other = await desk.hook(receiver.url), await desk.hook(quick.url)
        await desk.hear(*(news() for _ in range(12)))
        await desk.until(other, *["delivered"] * 12)
        await receiver.got(sending.PER_HOOK)
        states = [each["state"] for each in await desk.deliveries(hook)]
        assert states.count("sending") == len(receiver.posts) == sending.PER_HOOK
        free.set()
        await desk.until(hook, *["delivered"] * 12)


async def test_an_attempt_that_a_death_cut_off_is_made_again_under_the_same_id(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dying(Poster):
        """The receiver has it; we die before we can write that down."""

        async def post(self, *given: Any) -> Posted:
            await super().post(*given)
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(sending, "ENDING", 0.05)
    hook = await desk.hook(receiver.url)
    ticket = new_id()
    async with desk.sending(Dying(local=True)):
        await desk.hear(news(ticket), news(ticket, 2))
        await receiver.got(1)
    assert [each["state"] for each in await desk.deliveries(hook)] == ["sending", "pending"]

    async with desk.sending():
        await desk.until(hook, "delivered", "delivered")
    first, again, then = ids(receiver.posts)
    assert first == again != then
    log = await desk.attempts((await desk.deliveries(hook))[0], 2)
    assert [entry["error"] for entry in log] == ["interrupted", None]


async def test_a_living_instances_deliveries_are_left_to_it(desk: Desk, receiver: Receiver) -> None:
    free = asyncio.Event()

    async def slow(_: Post) -> bytes:
        await free.wait()
        return OK

    receiver.always = slow
    hook = await desk.hook(receiver.url)
    async with desk.sending() as one, desk.sending() as other:
        await desk.hear(news())
        await receiver.got(1)
        one._tidy_at = other._tidy_at = float("-inf")
        desk._wake()
        await eventually(lambda: one._tidy_at > 0 and other._tidy_at > 0, what="both looked")
        assert len(receiver.posts) == 1
        free.set()
        await desk.until(hook, "delivered")
    assert len(receiver.posts) == 1


async def test_two_instances_send_each_delivery_once_and_in_order(desk: Desk, receiver: Receiver) -> None:
    hook = await desk.hook(receiver.url)
    tickets = [new_id() for _ in range(5)]
    async with desk.sending(), desk.sending():
        for version in range(1, 7):
            await desk.hear(*(news(ticket, version) for ticket in tickets))
        await desk.until(hook, *["delivered"] * 30)
    assert len(set(ids(receiver.posts))) == len(receiver.posts) == 30
    for ticket in tickets:
        versions = [p.event["streamversion"] for p in receiver.posts if p.event["subject"] == str(ticket)]
        assert versions == [1, 2, 3, 4, 5, 6]


async def test_what_breaks_us_off_every_time_is_not_sent_for_ever(desk: Desk, receiver: Receiver) -> None:
    class Broken(Poster):
        async def post(self, *given: Any) -> Posted:
            raise RuntimeError("a fault of ours")

    hook = await desk.hook(receiver.url)
    async with desk.sending(Broken(local=True)) as sender:
        await desk.hear(news())

        async def dead() -> bool:
            sender._tidy_at = float("-inf")
            sender.wake()
            return (await desk.deliveries(hook))[0]["state"] == "dead"

        await eventually(dead, what="given up")
    (delivery,) = await desk.deliveries(hook)
    assert (delivery["attempts"], delivery["reason"]) == (8, "interrupted")


async def test_what_was_settled_long_ago_is_forgotten_and_what_waits_is_not(
    desk: Desk, receiver: Receiver
) -> None:
    receiver.replies = [OK, answer(500)]
    hook = await desk.hook(receiver.url)
    async with desk.sending():
        await desk.hear(news())
        await desk.until(hook, "delivered")
        await desk.hear(news())
        (_, waiting) = await desk.until(hook, "delivered", "pending")
        await desk.attempts(waiting, 1)
    for days, left in ((29, 2), (2, 1)):
        desk.later(days=days)
        async with desk.database.transaction() as tx:
            await claims.forget_old(tx)
        assert len(await desk.deliveries(hook)) == left
    assert len(await desk.rows("webhook_attempts")) == 1
