"""A library that swallows cancellation does not keep us from ending."""

import asyncio
import contextlib

import pytest

from shared.messaging.apart import apart


async def _closing_as_aiokafka_does(begun: asyncio.Event) -> None:
    own = asyncio.create_task(asyncio.Event().wait())
    begun.set()
    with contextlib.suppress(asyncio.CancelledError):
        await own


async def _lane(begun: asyncio.Event) -> None:
    await apart(_closing_as_aiokafka_does(begun))
    await asyncio.Event().wait()


async def test_a_group_ends_though_one_of_its_tasks_awaits_what_swallows_cancellation():
    begun = asyncio.Event()

    async def fails() -> None:
        await begun.wait()
        raise LookupError

    async with asyncio.timeout(5):
        with pytest.raises(ExceptionGroup):
            async with asyncio.TaskGroup() as group:
                group.create_task(_lane(begun))
                group.create_task(fails())


async def test_a_time_limit_holds_though_what_it_limits_swallows_cancellation():
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await _lane(asyncio.Event())


async def test_the_result_and_the_error_come_through():
    async def answers() -> int:
        return 7

    async def fails() -> int:
        raise LookupError

    assert await apart(answers()) == 7
    with pytest.raises(LookupError):
        await apart(fails())
