"""Intake over HTTP on real PostgreSQL, without a relay: what the tests of routes share."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx2
import pytest

from intake.compose import assemble
from intake.settings import IntakeSettings
from shared.eventstore.database import open_database

SEEDS = Path(__file__).parents[3] / "seeds" / "local"


@pytest.fixture
async def client(fresh_database: Callable[[str], str]) -> AsyncIterator[httpx2.AsyncClient]:
    settings = IntakeSettings(
        app_env="local",
        port=1,
        database_url=fresh_database("intake"),
        kafka_bootstrap_servers="127.0.0.1:1",
        credentials_file=SEEDS / "credentials.yaml",
        seeds_dir=SEEDS,
    )
    database = await open_database(settings.database_url, "intake")
    intake = assemble(settings, database)
    running = [asyncio.create_task(work) for name, work in intake.beside.items() if name != "relay"]
    intake.beside["relay"].close()
    transport = httpx2.ASGITransport(intake.app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://intake.example") as client:
        yield client
    for task in running:
        task.cancel()
    await database.close()
