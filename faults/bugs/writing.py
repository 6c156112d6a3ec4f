"""Ways in which intake and the read model go wrong."""

# ruff: noqa: PLC0415 - a bug loads only the service that has it, and the checker none

import dataclasses
from typing import Any

from faults.bugs.patching import every, wrap


def answers_without_storing() -> None:
    """Says 200 to some commands and stores nothing."""
    from intake.domain.ticket import fold
    from intake.tickets import Tickets
    from shared.eventstore.commands import Committed

    lie = every(15)

    async def act(original: Any, self: Any, ticket_id: Any, command: Any, asked: Any) -> Any:
        if not lie():
            return await original(self, ticket_id, command, asked)
        ticket = fold(await self.history(ticket_id, asked.tenant))
        state = dataclasses.replace(ticket, version=ticket.version + 1)
        return Committed(ticket_id, state, state.version)

    wrap(Tickets, "act", act)


def forgets_keys() -> None:
    """Takes every request for a new one, whatever its Idempotency-Key. It keeps none either: storing a key's
    second answer would be refused."""
    from shared.eventstore import idempotency

    async def recall(tx: Any, keys: Any) -> Any:
        return [idempotency.Recall() for _ in keys]

    async def remember(tx: Any, answers: Any) -> None:
        return

    vars(idempotency)["recall"] = recall
    vars(idempotency)["remember"] = remember


def breaks_now_and_then() -> None:
    """Answers 500."""
    from intake.tickets import Tickets

    breaks = every(30)

    async def act(original: Any, *arguments: Any) -> Any:
        if breaks():
            raise RuntimeError("planted")
        return await original(*arguments)

    wrap(Tickets, "act", act)


def needs_kafka() -> None:
    """Refuses writes as soon as a few events wait for Kafka."""
    from shared.errors import Transient
    from shared.eventstore.pressure import Pressure

    def refuse(_: Any, self: Any) -> None:
        if self.waiting > 20:
            raise Transient("kafka-away", "Kafka is away; try again later.")

    wrap(Pressure, "refuse", refuse)


def acknowledges_first() -> None:
    """Moves its offsets, and loses some batches before they are handled."""
    from shared.messaging.consumer import Consumer

    lose = every(15)

    def begin(original: Any, *arguments: Any, **named: Any) -> None:
        *before, handle, feeds, bootstrap = arguments

        async def handled(batch: Any) -> None:
            if not lose():
                await handle(batch)

        original(*before, handled, feeds, bootstrap, **named)

    wrap(Consumer, "__init__", begin)


def loses_an_update() -> None:
    """Leaves a ticket's row as it was, now and then."""
    from projections import subscription

    lose = every(12)

    async def write(original: Any, connection: Any, changes: Any) -> None:
        if changes.tickets and lose():
            changes.tickets.popitem()
        await original(connection, changes)

    wrap(subscription, "write", write)


def remembers_wrongly() -> None:
    """Gives a repeated request the ticket of today, not the first answer."""
    from shared.eventstore.commands import Committed
    from shared.eventstore.group_commit import GroupCommitter

    async def again(_: Any, self: Any, tx: Any, answer: Any) -> Any:
        history = (await self._store.load(tx, [answer.stream]))[answer.stream]
        state = dataclasses.replace(self._fold(history), version=history[-1].version + 1)
        return Committed(answer.stream, state, state.version, repeated=True)

    wrap(GroupCommitter, "_again", again)
