"""An act is done once, however often it is asked for: with a key, the first answer is given again.

The secret is part of that answer: whoever repeats a request may never have seen it. It is the caller's own
credential that asks, with the same body, and what it gets is made again from what is kept of the secret.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from notifier.domain.webhooks import AUDIENCES, Audience
from notifier.webhooks.signing import KeyMissing, Keys, Material
from shared.errors import Conflict
from shared.eventstore import idempotency
from shared.eventstore.database import Database, Transaction
from shared.eventstore.idempotency import Key
from shared.eventstore.store import StreamConflict
from shared.runtime.auth import Principal

_TRIES: Final = 3


class Asked(NamedTuple):
    """What surrounds an act: who does it, and how it may be repeated."""

    who: Principal
    key: Key | None = None
    expected: int | None = None
    traceparent: str | None = None

    @property
    def audiences(self) -> tuple[Audience, ...]:
        return AUDIENCES[self.who.role]

    @property
    def by(self) -> tuple[tuple[str, str], str | None]:
        """As the audit names whoever asks, and their trace."""
        return (self.who.id, self.who.role), self.traceparent


class Acted(NamedTuple):
    """The answer; `secret` only where the act made one."""

    webhook: UUID
    version: int
    answer: dict[str, Any]
    secret: str | None = None


class Once:
    """`stirred` is called after each commit: something may be due."""

    def __init__(self, database: Database, keys: Keys, stirred: Callable[[], None]) -> None:
        self._database = database
        self._keys = keys
        self._stirred = stirred

    async def do(self, asked: Asked, work: Callable[[Transaction], Awaitable[Acted]]) -> Acted:
        """Do `work`, or answer as the first time. Raises what `work` raises; Rejected, Conflict."""
        for attempt in range(1, _TRIES + 1):
            try:
                async with self._database.transaction() as tx:
                    acted = await self._first_answer(tx, asked.key)
                    if acted is None:
                        acted = await work(tx)
                        if asked.key is not None:
                            answer = idempotency.Answer(acted.webhook, acted.version)
                            await idempotency.remember(tx, [(asked.key, answer)])
            except StreamConflict:
                if attempt == _TRIES:
                    raise
                continue
            self._stirred()
            return acted
        raise AssertionError("the last try either answers or raises")

    async def _first_answer(self, tx: Transaction, key: Key | None) -> Acted | None:
        """What the key was answered before, the secret included: its caller may never have got it."""
        (recalled,) = await idempotency.recall(tx, [key]) if key else [idempotency.Recall()]
        if recalled.refusal is not None:
            raise recalled.refusal
        if recalled.answer is None:
            return None
        webhook, version = recalled.answer
        kept = await tx.connection.fetchrow(
            "SELECT a.answer, s.seed, s.key FROM webhook_acts a LEFT JOIN webhook_secrets s"
            " ON s.webhook = a.webhook AND s.made_in = a.version WHERE a.webhook = $1 AND a.version = $2",
            webhook,
            version,
        )
        assert kept is not None
        try:
            secret = kept["seed"] and self._keys.secret(Material(kept["seed"], kept["key"]))
        except KeyMissing:
            raise Conflict("secret-lost", "This secret can no longer be shown; rotate it.") from None
        return Acted(webhook, version, orjson.loads(kept["answer"]), secret)

    async def new_secret(self, tx: Transaction, webhook: UUID, version: int) -> str:
        """The secret that a version of the hook brings about."""
        material = self._keys.new()
        await tx.connection.execute(
            "INSERT INTO webhook_secrets (webhook, made_in, seed, key) VALUES ($1, $2, $3, $4)",
            *(webhook, version, *material),
        )
        return self._keys.secret(material)
