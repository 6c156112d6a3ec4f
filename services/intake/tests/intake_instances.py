"""An instance of intake over HTTP on real PostgreSQL, without a relay."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2

from intake.compose import assemble
from intake.seeds import read_seeds
from intake.settings import IntakeSettings
from shared.eventstore.database import open_database

SEEDS = Path(__file__).parents[3] / "seeds" / "local"


@asynccontextmanager
async def serving(url: str, seeds: Path = SEEDS, deaf: bool = False) -> AsyncIterator[httpx2.AsyncClient]:
    """An instance of intake on the database at `url`; a `deaf` one hears nothing of what others change."""
    settings = IntakeSettings(
        app_env="local",
        port=1,
        database_url=url,
        kafka_bootstrap_servers="127.0.0.1:1",
        credentials_file=SEEDS / "credentials.yaml",
        seeds_dir=seeds,
    )
    database = await open_database(settings.database_url, "intake")
    intake = assemble(settings, database, read_seeds(seeds))
    await intake.prepare()
    left_out = {"relay", "directory"} if deaf else {"relay"}
    running = [asyncio.create_task(work) for name, work in intake.beside.items() if name not in left_out]
    for name in left_out:
        intake.beside[name].close()
    transport = httpx2.ASGITransport(intake.app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://intake.example") as client:
        yield client
    for task in running:
        task.cancel()
    await database.close()
