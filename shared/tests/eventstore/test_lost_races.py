"""What another instance wrote between our look and our writing is never overwritten unseen."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import msgspec
import pytest

from shared.events.ids import new_id
from shared.eventstore import idempotency
from shared.eventstore.database import Transaction
from shared.eventstore.states import Held, StateCache
from shared.eventstore.store import StreamConflict

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

NOW = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)


class Answering:
    """A connection on which nothing is known yet, and whose statements then write `written` rows."""

    def __init__(self, written: int) -> None:
        self._written = written

    async def fetch(self, *_: object) -> list[object]:
        return []

    async def execute(self, *_: object) -> str:
        return f"INSERT 0 {self._written}"


def transaction(written: int) -> Transaction:
    return Transaction(cast("Connection", Answering(written)), NOW, 1)


async def test_a_key_that_another_instance_answered_meanwhile_is_decided_again() -> None:
    key = idempotency.Key("acme", "POST", "/v1/tickets", "k1", b"body")
    answers = [(key, idempotency.Answer(new_id(), 1))]
    await idempotency.remember(transaction(written=1), answers)
    with pytest.raises(StreamConflict):
        await idempotency.remember(transaction(written=0), answers)


class Noted(msgspec.Struct):
    """A state."""

    words: int = 0


async def test_a_state_that_another_instance_began_meanwhile_is_not_overwritten() -> None:
    await _begin_state(transaction(written=1))
    with pytest.raises(StreamConflict):
        await _begin_state(transaction(written=0))


async def _begin_state(tx: Transaction) -> None:
    states, subject = StateCache(tx, Noted), new_id()
    await states.preload([subject])
    states.put(subject, Held(Noted(1), 0, "acme"))
    await states.flush()
