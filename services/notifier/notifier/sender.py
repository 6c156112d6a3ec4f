"""Sends what the ledger holds: claim and commit, converse, settle. Woken by commits, not polled.

A row is `sending` in the database before the first word to the mail server, so that after a crash it is
known which mails may have gone out. Settling and the event that tells of it share one transaction.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final, Protocol

from notifier import claims
from notifier.claims import RESENDS, Mail, Settled
from notifier.message import BadAddress, Postbox, deliverable
from notifier.outcomes import Exhausted, Outcome, Refused, Unreached
from notifier.presence import Presence
from notifier.settling import PASSING, Settling
from shared.eventstore.database import Database, Transaction
from shared.runtime import logs, telemetry

CHUNK: Final = 32
SHORTEST: Final = timedelta(milliseconds=20)
"""How long to wait when nothing could be claimed, though a row is due: another instance may hold it."""
FALLBACK: Final = timedelta(seconds=5)
"""How long a commit of another instance can stay unnoticed here, and a dead instance's rows unadopted."""


class Server(Protocol):
    """The next hop; see `adapters.smtp`."""

    async def send(self, sender: str, recipient: str, mail: bytes) -> Outcome: ...


class Sender:
    """One per process. `told` is called after each commit that appended an event: it wakes the relay."""

    def __init__(
        self,
        database: Database,
        server: Server,
        settling: Settling,
        presence: Presence,
        postbox: Postbox,
        pause: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._database = database
        self._server = server
        self._settling = settling
        self._presence = presence
        self._postbox = postbox
        self._pause = pause
        self._stir = asyncio.Event()
        self._stopping = False
        self._tidy_at = float("-inf")

    def wake(self) -> None:
        """Something was entered: look at once."""
        self._stir.set()

    async def run(self) -> None:
        """Send until cancelled; what is in progress is then ended properly, and the rest handed back."""
        work = asyncio.create_task(self._work())
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stopping = True
            self._stir.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(4):
                    await work
            raise

    async def _work(self) -> None:
        while not self._stopping:
            self._stir.clear()
            try:
                await self._presence.held.wait()
                mails, wait = await self._take()
                if mails and not await self._send_all(mails):
                    # No server is reached: everything waits, and nothing is counted as an attempt.
                    wait = self._pause()
            except PASSING as error:
                logs.log_failure("sending is interrupted", error)
                mails, wait = [], self._pause()
                self._tidy_at = float("-inf")
            if wait > 0 and not self._stopping:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._stir.wait()

    async def _take(self) -> tuple[list[Mail], float]:
        """Mails to send, and the seconds to wait afterwards."""
        now = asyncio.get_running_loop().time()
        async with self._database.transaction() as tx:
            if now >= self._tidy_at:
                await self._tidy(tx)
                self._tidy_at = now + FALLBACK.total_seconds()
            mails = await claims.claim(tx, self._presence.instance, CHUNK)
            if mails:
                return mails, 0.0
            due = await claims.next_due(tx)
            wait = FALLBACK if due is None else min(FALLBACK, max(SHORTEST, due - tx.now))
            return [], wait.total_seconds()

    async def _tidy(self, tx: Transaction) -> None:
        """Take over what was left in the middle: by a failed commit of ours, or by an instance that died."""
        await claims.take_back(tx, self._presence.instance)
        for row in await claims.adopt(tx, self._presence.instance):
            logs.get("notifier").warning("a mail may go out twice", notification=str(row))

    async def _send_all(self, mails: Iterable[Mail]) -> bool:
        """All at once: no mail of a claim waits for another. Returns whether a server was reached."""
        reached = await asyncio.gather(*map(self._send_one, mails))
        await self._settling.settled()
        return any(reached)

    async def _send_one(self, mail: Mail) -> bool:
        outcome: Outcome = Unreached("not-begun")
        traceparent = mail.lead.traceparent
        if mail.lead.ambiguities > RESENDS:
            # A crash came after every attempt that was allowed; the last one is told as what it is.
            outcome = Exhausted("outcome-unknown")
        elif not self._stopping:
            outcome, traceparent = await self._send(mail)
        along = [Settled(row, outcome, traceparent, mail.lead) for row in mail.along]
        self._settling.put([Settled(mail.lead, outcome, traceparent), *along])
        return not isinstance(outcome, Unreached)

    async def _send(self, mail: Mail) -> tuple[Outcome, str | None]:
        row = mail.lead
        attributes: dict[str, str | bool | int | float] = {
            "messaging.system": "smtp",
            "messaging.operation.name": "send",
            "messaging.message.id": str(row.id),
            "stafett.template": row.template,
            "stafett.attempt": row.attempts,
            "stafett.notices": len(mail.rows),
        }
        with telemetry.span("send email", "client", row.traceparent, attributes) as span:
            try:
                written = self._postbox.compose(mail, telemetry.current_trace_id()).as_bytes()
            except BadAddress:
                return Refused("no-usable-address"), telemetry.current_traceparent()
            except Exception as error:
                # One mail that cannot be written must not stop the others, after every restart anew.
                logs.log_failure("a mail cannot be written", error, notification=str(row.id))
                return Refused("not-writable"), telemetry.current_traceparent()
            outcome = await self._server.send(self._postbox.sender, deliverable(row.address), written)
            span.set_attribute("stafett.outcome", type(outcome).__name__.lower())
            return outcome, telemetry.current_traceparent()
