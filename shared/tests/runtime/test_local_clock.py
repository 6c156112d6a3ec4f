"""The clock of a running service can be moved, on a machine of one's own, and forward only."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx2
import pytest

from shared.eventstore.database import Database, open_database
from shared.runtime.app import create_app
from shared.runtime.local_clock import local_clock
from shared.runtime.settings import ServiceSettings

pytestmark = pytest.mark.integration
OPS = {"Authorization": "Bearer local-ops"}
NIGHT = {"offset_seconds": 86_400.0}
Settings = Callable[..., ServiceSettings]


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await open_database(fresh_database("escalation"), "escalation")
    yield database
    await database.close()


def serving(settings: ServiceSettings, database: Database, *wake: Callable[[], None]) -> httpx2.AsyncClient:
    app = create_app("example", settings, local_clock(settings, database, *wake))
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test", headers=OPS)


async def test_moving_the_clock_moves_every_instant_and_wakes_who_sleeps(
    settings: Settings, database: Database
) -> None:
    before, woken = await database.now(), list[str]()
    async with serving(settings(), database, lambda: woken.append("timers")) as client:
        answer = await client.put("/local/clock", json=NIGHT)
        told = await client.get("/local/clock")

    assert answer.status_code == 200, answer.text
    assert told.json()["offset_seconds"] == 86_400
    assert await database.now() - before >= timedelta(days=1)
    assert woken == ["timers"]


async def test_it_is_no_part_of_the_published_interface(settings: Settings, database: Database) -> None:
    async with serving(settings(), database) as client:
        published = await client.get("/openapi.json")

    assert published.status_code == 200
    assert "/local/clock" not in published.json()["paths"]


async def test_time_never_goes_back(settings: Settings, database: Database) -> None:
    async with serving(settings(), database) as client:
        await client.put("/local/clock", json=NIGHT)
        answer = await client.put("/local/clock", json={"offset_seconds": 0})

    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (409, "clock-goes-forward")
    assert database.offset == timedelta(days=1)


@pytest.mark.parametrize("token", ["local-agent", "local-acme", "none"])
async def test_only_an_operator_moves_it(settings: Settings, database: Database, token: str) -> None:
    async with serving(settings(), database) as client:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await client.put("/local/clock", json=NIGHT, headers=headers)

    assert answer.status_code in (401, 403)
    assert database.offset == timedelta(0)


async def test_in_production_there_is_no_such_route(settings: Settings, database: Database) -> None:
    assert local_clock(settings(app_env="production"), database) == ()
