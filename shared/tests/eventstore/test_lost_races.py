"""What another instance wrote between our look and our writing is never overwritten unseen."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest

from shared.events.ids import new_id
from shared.eventstore import idempotency
from shared.eventstore.database import Transaction
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
