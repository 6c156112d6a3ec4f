"""Intake over HTTP on real PostgreSQL, without a relay: what the tests of routes share."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx2
import pytest
from tests.intake_instances import serving


@pytest.fixture
async def client(fresh_database: Callable[[str], str]) -> AsyncIterator[httpx2.AsyncClient]:
    async with serving(fresh_database("intake")) as found:
        yield found


@pytest.fixture
async def two(fresh_database: Callable[[str], str]) -> AsyncIterator[list[httpx2.AsyncClient]]:
    """Two instances on one database."""
    async with AsyncExitStack() as both:
        yield [await both.enter_async_context(serving(fresh_database("intake"))) for _ in range(2)]
