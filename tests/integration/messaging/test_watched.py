"""The watchdog on real servers: a consumer that hangs is seen, one that has nothing to do is left alone."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from shared.events.ids import new_id
from shared.messaging import watching
from shared.messaging.fresh import Fresh
from shared.runtime.watchdog import LOOKS, Watchdog
from shared.testing.waiting import eventually

pytestmark = pytest.mark.integration
PATIENCE = 0.6


@pytest.mark.parametrize("hangs", ["_process", "_one_number"], ids=["altogether", "but for its marks"])
async def test_a_consumer_that_hangs_is_ended_and_one_with_nothing_to_do_is_not(
    world: Any, fresh_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, hangs: str
) -> None:
    await world.relay()
    consumer = await world.consumer()
    ticket = new_id()
    await world.append((ticket, 0))
    await world.until_handled([(ticket, 1)])

    fresh = Fresh(fresh_database("escalation"), "escalation", world.bootstrap)
    watched = watching.of_consumer(consumer, fresh)
    assert await watched.probe()
    answers: list[bool] = []

    async def waiting() -> bool:
        answers.append(await watched.waiting())
        return answers[-1]

    ended: list[int] = []
    watchdog = Watchdog(
        "consumer", waiting, watched.moved, watched.probe, patience=PATIENCE, end=ended.append
    )
    task = asyncio.create_task(watchdog.run())
    await eventually(lambda: len(answers) > 2 * LOOKS, what="it was looked at for twice the patience")
    assert not any(answers)
    assert ended == []

    hanging = asyncio.Event()

    async def hang(*_: Any) -> None:
        hanging.set()
        if hangs == "_process":
            await asyncio.Event().wait()

    monkeypatch.setattr(consumer._session, hangs, hang)
    await world.append((ticket, 1))
    await hanging.wait()
    await eventually(lambda: bool(ended), what="the watchdog ends the process")
    task.cancel()
