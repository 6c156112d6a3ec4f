"""Many requests share one transaction, and each is answered after it has committed.

A batch holds at most one command per stream and per idempotency key. Commands whose stream or key is busy
wait for the next batch, so that within one process no two commands on a ticket ever collide; across
processes the stream's version decides, and a collision is decided again, up to three times.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from shared.errors import Refusal, Transient
from shared.events.envelope import Recorded
from shared.eventstore import idempotency
from shared.eventstore.commands import Command, Committed, Fold, decide
from shared.eventstore.database import Database, Transaction
from shared.eventstore.store import Append, EventStore, StreamConflict

S = TypeVar("S")

LARGEST_BATCH = 64
ATTEMPTS = 3


@dataclass(slots=True)
class _Waiting(Generic[S]):
    command: Command[S]
    answer: "asyncio.Future[Committed[S]]"


class GroupCommitter(Generic[S]):
    """Runs commands in batches. `committed` is called after each commit: it wakes the relay; `refuse` raises
    Transient before a command is taken, while writes must wait.
    """

    def __init__(
        self,
        database: Database,
        store: EventStore,
        fold: Fold[S],
        committed: Callable[[], None] = lambda: None,
        *,
        refuse: Callable[[], None] = lambda: None,
        most_waiting: int = 2000,
    ) -> None:
        self._database = database
        self._store = store
        self._fold = fold
        self._committed = committed
        self._refuse = refuse
        self._most_waiting = most_waiting
        self._queue: deque[_Waiting[S]] = deque()
        self._wake = asyncio.Event()
        self._busy: set[object] = set()

    async def submit(self, command: Command[S]) -> Committed[S]:
        """Decide, commit durably, and return the stream's new state.

        Raises what `decide` raises; NotFound, Stale, StreamConflict; Transient when too much is waiting or
        the database is away.
        """
        self._refuse()
        if len(self._queue) >= self._most_waiting:
            raise Transient("overloaded", "Too many requests are waiting; try again shortly.")
        waiting = _Waiting(command, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._wake.set()
        return await waiting.answer

    async def run(self) -> None:
        """Commit batches until cancelled. Several of these may run at once: one gathers while one commits."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while batch := self._take():
                await self._commit(batch)
                self._release(batch)

    def _take(self) -> list[_Waiting[S]]:
        batch: list[_Waiting[S]] = []
        passed_over: list[_Waiting[S]] = []
        while self._queue and len(batch) < LARGEST_BATCH:
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue
            claims = _claims(waiting.command)
            if claims & self._busy:
                passed_over.append(waiting)
                continue
            self._busy |= claims
            batch.append(waiting)
        self._queue.extendleft(reversed(passed_over))
        return batch

    def _release(self, batch: Sequence[_Waiting[S]]) -> None:
        for waiting in batch:
            self._busy -= _claims(waiting.command)
        if self._queue:
            self._wake.set()

    async def _commit(self, batch: list[_Waiting[S]]) -> None:
        try:
            await self._attempt(batch)
        except Transient as error:
            _refuse(batch, error)
        except Exception as error:  # the batch is undone whole: each command answers for itself
            if len(batch) == 1 and not isinstance(error, StreamConflict):
                _refuse(batch, error)
                return
            for waiting in batch:
                await self._alone(waiting)

    async def _alone(self, waiting: _Waiting[S]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._attempt([waiting])
            except StreamConflict as error:
                if attempt == ATTEMPTS:
                    _refuse([waiting], error)
            except Exception as error:
                _refuse([waiting], error)
                return
            else:
                return

    async def _attempt(self, batch: list[_Waiting[S]]) -> None:
        answers: list[tuple[_Waiting[S], Committed[S] | Exception]] = []
        async with self._database.transaction() as tx:
            fresh = await self._recall(tx, batch, answers)
            streams = {stream for w in fresh for stream in w.command.streams}
            loaded = await self._store.load(tx, sorted(streams)) if streams else {}
            decided: list[tuple[_Waiting[S], Append]] = []
            appends: list[Append] = []
            for waiting in fresh:
                try:
                    found = decide(waiting.command, loaded, self._fold, tx.now)
                except Refusal as error:
                    answers.append((waiting, error))
                else:
                    decided.append((waiting, found[0]))
                    appends += [append for append in found if append.events]
            stored = await self._store.append(tx, sorted(appends, key=lambda append: append.stream))
            by_stream: dict[UUID, list[Recorded]] = {}
            for event in stored:
                by_stream.setdefault(event.subject, []).append(event)
            keys: list[tuple[idempotency.Key, idempotency.Answer]] = []
            for waiting, append in decided:
                history = [*loaded.get(append.stream, []), *by_stream.get(append.stream, [])]
                committed = Committed(append.stream, self._fold(history), history[-1].version)
                answers.append((waiting, committed))
                if waiting.command.key is not None:
                    keys.append((waiting.command.key, idempotency.Answer(append.stream, committed.version)))
            await idempotency.remember(tx, keys)
        if stored:
            self._committed()
        for waiting, answer in answers:
            _answer(waiting, answer)

    async def _recall(
        self,
        tx: Transaction,
        batch: list[_Waiting[S]],
        answers: list[tuple[_Waiting[S], Committed[S] | Exception]],
    ) -> list[_Waiting[S]]:
        keyed = [(waiting, key) for waiting in batch if (key := waiting.command.key) is not None]
        recalled = await idempotency.recall(tx, [key for _, key in keyed])
        known: set[int] = set()
        for (waiting, _), found in zip(keyed, recalled, strict=True):
            if found.refusal is not None:
                answers.append((waiting, found.refusal))
            elif found.answer is not None:
                answers.append((waiting, await self._again(tx, found.answer)))
            else:
                continue
            known.add(id(waiting))
        return [waiting for waiting in batch if id(waiting) not in known]

    async def _again(self, tx: Transaction, answer: idempotency.Answer) -> Committed[S]:
        history = (await self._store.load(tx, [answer.stream]))[answer.stream][: answer.version]
        return Committed(answer.stream, self._fold(history), answer.version, repeated=True)


def _claims(command: Command[S]) -> set[object]:
    claims: set[object] = set(command.streams)
    return claims if command.key is None else claims | {command.key.scope}


def _refuse(batch: Sequence[_Waiting[S]], error: Exception) -> None:
    for waiting in batch:
        _answer(waiting, error)


def _answer(waiting: _Waiting[S], answer: Committed[S] | Exception) -> None:
    if waiting.answer.done():
        return
    if isinstance(answer, Exception):
        waiting.answer.set_exception(answer)
    else:
        waiting.answer.set_result(answer)
