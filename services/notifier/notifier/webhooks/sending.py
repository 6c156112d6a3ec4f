"""Sends what is due: claim and commit, POST, settle. Woken by commits and by the next due instant.

It shares nothing with the sender of mails but the instance's presence, and every hook has a bounded number
of conversations: neither mails nor other hooks wait for a slow receiver.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

from notifier.presence import Presence
from notifier.settling import PASSING
from notifier.webhooks import audit, claims, measures, settling, signing
from notifier.webhooks.claims import Claimed
from notifier.webhooks.posting import Posted
from notifier.webhooks.settling import Done
from notifier.webhooks.signing import KeyMissing, Keys
from shared.eventstore.database import Database, Transaction
from shared.runtime import logs, telemetry

MOST: Final = 200
"""Conversations of this process at once."""
PER_HOOK: Final = 4
SHORTEST: Final = 0.25
"""Seconds to wait when nothing could be claimed, though a row is due: another instance has its hands full."""
FALLBACK: Final = 5.0
"""Seconds that a commit of another instance can stay unnoticed here, and a dead one's rows unadopted."""
FORGET_EVERY: Final = 3600.0
ENDING: Final = 4.0
"""Seconds that conversations in progress are given when the process ends."""
CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"


class Posting(Protocol):
    """See `posting.Poster`."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted: ...


class HookSender:
    """One per process. `jitter` gives numbers in [0, 1); `pause`: seconds to wait after our own trouble."""

    def __init__(
        self,
        database: Database,
        poster: Posting,
        presence: Presence,
        keys: Keys,
        *,
        jitter: Callable[[], float] = random.random,
        pause: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._database = database
        self._poster = poster
        self._presence = presence
        self._keys = keys
        self._jitter = jitter
        self._pause = pause
        self._stir = asyncio.Event()
        self._stopping = False
        self._in_hand: dict[UUID, asyncio.Task[None]] = {}
        self._tidy_at = self._forget_at = float("-inf")

    def wake(self) -> None:
        """Something was entered: look at once."""
        self._stir.set()

    async def run(self) -> None:
        """Send until cancelled; conversations in progress are given a moment, the rest goes again later."""
        try:
            while True:
                self._stir.clear()
                try:
                    await self._presence.held.wait()
                    wait = await self._take()
                except PASSING as error:
                    logs.log_failure("sending webhooks is interrupted", error)
                    wait = self._pause()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._stir.wait()
        finally:
            self._stopping = True
            if tasks := list(self._in_hand.values()):
                _, late = await asyncio.wait(tasks, timeout=ENDING)
                for task in late:
                    task.cancel()

    async def _take(self) -> float:
        """Begin what is due; returns the seconds to wait for more."""
        now = asyncio.get_running_loop().time()
        async with self._database.transaction() as tx:
            if now >= self._tidy_at:
                await self._tidy(tx)
                self._tidy_at = now + FALLBACK
            if now >= self._forget_at:
                await claims.forget_old(tx)
                self._forget_at = now + FORGET_EVERY
            free = MOST - len(self._in_hand)
            taken = await claims.claim(tx, self._presence.instance, free, PER_HOOK) if free else []
            due = await claims.next_due(tx)
        for claimed in taken:
            task = asyncio.create_task(self._deliver(claimed))
            self._in_hand[claimed.id] = task
        if due is None:
            return FALLBACK
        # What is due and was not taken waits for a conversation to end, and that stirs us.
        left = (due - tx.now).total_seconds()
        if left <= 0:
            return FALLBACK if self._in_hand else SHORTEST
        return min(FALLBACK, left)

    async def _tidy(self, tx: Transaction) -> None:
        for delivery in await claims.adopt(tx, self._presence.instance, list(self._in_hand)):
            logs.get("notifier").warning("a webhook may go out twice", delivery=str(delivery))
        await claims.end_stranded(tx)

    async def _deliver(self, claimed: Claimed) -> None:
        try:
            loop = asyncio.get_running_loop()
            began = loop.time()
            posted = await self._post(claimed)
            took = timedelta(seconds=loop.time() - began)
            measures.attempts.labels(posted.error or "ok").inc()
            await self._settle(Done(claimed, posted, took, self._jitter()))
        except Exception as error:
            # The row stays `sending`, and is adopted as any other that was left in the middle.
            logs.log_failure("a webhook's delivery failed here", error, delivery=str(claimed.id))
        finally:
            del self._in_hand[claimed.id]
            self._stir.set()

    async def _post(self, claimed: Claimed) -> Posted:
        attributes: dict[str, str | bool | int | float] = {
            "stafett.webhook": str(claimed.webhook),
            "stafett.event_type": claimed.event_type,
            "stafett.attempt": claimed.attempts + 1,
        }
        with telemetry.span("post webhook", "client", claimed.traceparent, attributes) as span:
            try:
                secrets = [self._keys.secret(material) for material in claimed.secrets]
            except KeyMissing:
                logs.get("notifier").error("a webhook's key is missing", webhook=str(claimed.webhook))
                return Posted(None, "key-missing")
            headers = {
                **signing.headers(secrets, str(claimed.id), claimed.at, claimed.body),
                "Content-Type": CONTENT_TYPE,
                "User-Agent": "Stafett-Webhooks/1",
            }
            posted = await self._poster.post(claimed.url, headers, claimed.body.encode())
            span.set_attribute("stafett.outcome", posted.error or "ok")
            return posted

    async def _settle(self, done: Done) -> None:
        """Until it is written: a database that is away costs nothing but time. Not past our own end."""
        while True:
            try:
                async with self._database.transaction() as tx:
                    because = await settling.settle(tx, self._presence.instance, done)
                    if because is not None:
                        await audit.disable_by_system(tx, done.claimed.webhook, because)
            except PASSING as error:
                logs.log_failure("a webhook's outcome waits to be written", error)
                if self._stopping:
                    return
                await asyncio.sleep(self._pause())
                continue
            if because is not None:
                measures.disabled.labels(because).inc()
                logs.get("notifier").warning(
                    "a webhook was disabled", webhook=str(done.claimed.webhook), reason=because
                )
            return
