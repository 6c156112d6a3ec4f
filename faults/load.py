"""Clients at a bounded rate: tickets are opened, and their stories go on, until told to stop."""

import asyncio
import heapq
import itertools
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faults.client import Client
from faults.journal import Journal, Write
from faults.stories import Step, Story, body_of, opening, pick
from faults.waiting import until

REPEATED = 0.04
"""The share of writes that a nervous client sends again, with the same key, after their answer."""


class Load:
    """`rate`: writes begun per second at most, over all workers."""

    def __init__(
        self, client: Client, journal: Journal, rate: float, *, workers: int = 24, seed: int = 1
    ) -> None:
        self._client, self._journal, self._rate, self._workers = client, journal, rate, workers
        self._chance = random.Random(seed)
        self._brief = False
        self._opening = True
        self._ended = False
        self._next = time.monotonic()
        self._due: list[tuple[float, int, Write, Story, Step]] = []
        self._count = itertools.count(1)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Load"]:
        """Load while the block runs; then every story that was begun is brought to its end."""
        workers = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        try:
            yield self
            await self._finish()
        finally:
            self._ended = True
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def acknowledges(self, more: int, bound: float = 60.0) -> float:
        """Wait until `more` writes have been acknowledged from now on; returns the seconds."""
        enough = len(self._journal.acknowledged()) + more

        async def seen() -> bool:
            return len(self._journal.acknowledged()) >= enough

        return await until(f"{more} more acknowledged writes", seen, bound)

    async def lasts(self, seconds: float) -> None:
        """Wait until clients have written for that long: what a scenario means by an outage's length."""
        end = time.monotonic() + seconds

        async def seen() -> bool:
            return time.monotonic() >= end

        await until("the load has lasted", seen, seconds + 5)

    def only_brief_stories(self) -> None:
        """Open no more tickets whose story takes long."""
        self._brief = True

    async def _finish(self) -> None:
        self._opening = False

        async def seen() -> bool:
            return not self._due and all(
                w.outcome != "unknown" or not w.attempts for w in self._journal.writes
            )

        await until("every story's end", seen, 150)

    async def _work(self) -> None:
        while not self._ended:
            now = time.monotonic()
            self._next = max(self._next, now - 0.1) + 1 / self._rate
            await asyncio.sleep(max(0.0, self._next - now))
            if self._due and self._due[0][0] <= time.monotonic():
                _, _, opened, story, step = heapq.heappop(self._due)
                await self._step(opened, story, step)
            elif self._opening:
                await self._open(pick(self._chance, brief=self._brief))

    async def _open(self, story: Story) -> None:
        token = self._token()
        write = Write("open", token, story.customer, opening(story, token), None)
        await self._send(write, f"local-{story.customer}")
        if write.acknowledged:
            opened = time.monotonic()
            for step in story.steps:
                entry = (opened + step.after, next(self._count), write, story, step)
                heapq.heappush(self._due, entry)

    async def _step(self, opened: Write, story: Story, step: Step) -> None:
        token = self._token()
        write = Write(step.kind, token, story.customer, body_of(step, token), opened.ticket)
        await self._send(write, step.by)

    async def _send(self, write: Write, credential: str) -> None:
        self._journal.writes.append(write)
        await self._client.send(write, credential, repeat=self._chance.random() < REPEATED)

    def _token(self) -> str:
        return f"w{next(self._count):06d}"
