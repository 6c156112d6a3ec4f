"""How soon after its due instant a breach is established, stored and heard."""

import asyncio
from datetime import datetime

import httpx2

from bench.figures import Figure
from bench.listening import Heard, Listener
from bench.target import Target, opened, ticket

AT_ONCE = 8
KIND = "triage"
"""An untriaged ticket of the `demo` contract has ten seconds for it, and nothing else ends with it."""


async def due_to_breached(target: Target, count: int) -> list[Figure]:
    """Open `count` tickets, leave them alone, and hear their triage breached."""
    gate = asyncio.Semaphore(AT_ONCE)
    ours: set[str] = set()

    def ours_breached(heard: list[Heard]) -> list[Heard]:
        return [
            one
            for one in heard
            if one.event.type == "DeadlineBreached"
            and one.event.data["kind"] == KIND
            and one.event.subject in ours
        ]

    with Listener(target.bootstrap, "sla-events") as listener:
        async with httpx2.AsyncClient(timeout=10, trust_env=False) as http:

            async def one(number: int) -> None:
                async with gate:
                    ours.add(await opened(http, target, "fast", ticket(f"d{number}", None, "fast")))

            await asyncio.gather(*map(one, range(count)))
        await listener.hears(lambda heard: len(ours_breached(heard)) >= count, 60)
    found = ours_breached(listener.heard)
    stored = [one.event.recorded_at.timestamp() - _seconds(one.event.data["due_at"]) for one in found]
    heard = [one.at - _seconds(one.event.data["due_at"]) for one in found]
    return [Figure.of("due → breach stored", stored), Figure.of("due → breach heard on Kafka", heard)]


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()
