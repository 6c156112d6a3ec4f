"""Previews and calendars over HTTP: what needs no ticket, and so no database."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx2
import pytest
from tests.engine_rig import agreements, instant
from tests.test_worked_examples import EXAMPLES

from shared.errors import Transient
from shared.eventstore.database import Database
from shared.runtime.app import create_app
from shared.testing.memory_store import MemoryEventStore
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.adapters.contract_table import Contracts
from sla_engine.agreements import Agreements
from sla_engine.announcements import Announcements
from sla_engine.api import router
from sla_engine.calendar_api import router as calendar_router
from sla_engine.compose import BODY_LIMIT
from sla_engine.deviation_previews import DeviationPreviews
from sla_engine.settings import SlaEngineSettings

SEEDS = Path(__file__).parents[3] / "seeds" / "local"


class Asker:
    """A caller of the engine."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str, who: str = "agent") -> Any:
        return await self.client.get(path, headers=by(who))

    async def preview(self, body: Any, who: str = "acme") -> Any:
        return await self.client.post("/v1/deadlines/preview", json=body, headers=by(who))


def by(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer local-{who}"}


class Away:
    """A database that is not there: previews and calendars do with what is known."""

    def working(self) -> Any:
        raise Transient("database-unavailable", "The database is away.")


async def nothing(_: UUID) -> dict[str, int]:
    """No other service has said anything."""
    return {}


@pytest.fixture(scope="session")
def governed() -> Agreements:
    return agreements()


@pytest.fixture
async def desk(governed: Agreements) -> AsyncIterator[Asker]:
    settings = SlaEngineSettings(
        app_env="local",
        database_url="postgresql://none",
        credentials_file=SEEDS / "credentials.yaml",
        seeds_dir=SEEDS,
    )
    store = MemoryEventStore("/sla-engine", lambda: datetime.now(UTC))
    away = cast(Database, Away())
    calendars, contracts = Calendars(away, governed), Contracts(away, governed)
    announcements = Announcements(away, store, governed, calendars)
    app = create_app(
        "sla-engine",
        settings,
        [
            router(store, governed, nothing, calendars, contracts),
            calendar_router(
                governed,
                calendars,
                contracts,
                announcements,
                DeviationPreviews(away, governed, calendars),
                lambda: None,
            ),
        ],
        body_limit=BODY_LIMIT,
    )
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sla-engine.example") as client:
        yield Asker(client)


@pytest.mark.parametrize("row", EXAMPLES.strip().splitlines())
async def test_previews_answer_as_the_terms_reckon(desk: Asker, row: str) -> None:
    named, registered, counts_from, cell = row.split(" | ")
    contract, priority = named.split()
    body = {"contract": contract, "registered_at": instant(registered)}
    answer = (await desk.preview(body if priority == "--" else body | {"priority": priority})).json()
    shown = {d["kind"]: d["due_at"] for d in answer["deadlines"]}
    shown |= {f"{d['kind']} warned": d["warn_at"] for d in answer["deadlines"]}
    shown["soft"] = next((d["soft_due_at"] for d in answer["deadlines"] if "soft_due_at" in d), None)
    expected: dict[str, str] = {}
    for mark in cell.split("; "):
        name, day, clock = mark.rsplit(" ", 2)
        expected[name] = instant(f"{day} {clock}")
    assert answer["received_at"] == instant(registered if counts_from == "same" else counts_from)
    assert {name: shown[name] for name in expected} == expected


async def test_pauses_and_an_agreed_date_are_previewed_by_the_same_arithmetic(desk: Asker) -> None:
    paused = {
        "contract": "hubs",
        "priority": "P1",
        "registered_at": instant("2026-03-27 16:30"),
        "pauses": [{"from": instant("2026-03-27 18:30"), "to": instant("2026-03-28 23:00")}],
    }
    agreed = {
        "contract": "timecare",
        "registered_at": instant("2026-03-10 10:00"),
        "agreed": {"due_at": instant("2026-04-01 12:00"), "agreed_at": instant("2026-03-12 12:00")},
    }
    first, second = (await desk.preview([paused, agreed])).json()
    assert _due(first)["resolution"] == instant("2026-03-29 06:00")
    assert _due(second)["resolution"] == instant("2026-04-01 12:00")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"contract": "gold"}, "/contract"),
        ({"contract": None}, "/contract"),
        ({"priority": "P5"}, "/priority"),
        ({"registered_at": "2026-03-27T16:30:00"}, "/registered_at"),
        ({"registered_at": "2090-03-27T16:30:00Z"}, "/registered_at"),
        ({"colour": "red"}, "/colour"),
        ({"pauses": [{"from": "2026-03-28T10:00:00Z", "to": "2026-03-28T09:00:00Z"}]}, "/pauses/0/to"),
        (
            {"agreed": {"due_at": "2026-03-28T10:00:00Z", "agreed_at": "2026-03-28T10:00:00Z"}},
            "/agreed/due_at",
        ),
    ],
)
async def test_a_preview_that_cannot_be_reckoned_says_where(
    desk: Asker, change: dict[str, Any], pointer: str
) -> None:
    good = {"contract": "hubs", "priority": "P2", "registered_at": "2026-03-27T16:30:00Z"}
    alone, listed = await desk.preview(good | change), await desk.preview([good, good | change])
    assert (alone.status_code, listed.status_code) == (422, 422), alone.text
    assert [fault["pointer"] for fault in alone.json()["errors"]] == [pointer]
    assert [fault["pointer"] for fault in listed.json()["errors"]] == [f"/1{pointer}"]


async def test_a_thousand_previews_are_one_request_and_more_are_refused(desk: Asker) -> None:
    body = {"contract": "hubs", "priority": "P2", "registered_at": "2026-03-27T16:30:00Z"}
    began = time.perf_counter()
    answer = await desk.preview([body] * 1000)
    assert time.perf_counter() - began < 2
    assert len(answer.json()) == 1000
    assert (await desk.preview([body] * 1001)).status_code == 422
    assert (await desk.preview([])).json() == []


async def test_a_policy_of_another_country_is_previewed_by_its_name(desk: Asker) -> None:
    body = {"contract": "helsinki", "priority": "P1", "registered_at": "2026-06-19T21:00:00Z"}
    answer = (await desk.preview(body)).json()
    assert answer["received_at"] == "2026-06-22T05:00:00.000000Z"
    assert _due(answer)["resolution"] == "2026-06-20T01:00:00.000000Z"
    days = (await desk.get("/v1/calendars/helsinki?year=2027", "region")).json()["days"]
    (independence,) = [day for day in days if day["date"] == "2027-12-06"]
    assert independence["names"] == {"sv": "Självständighetsdagen", "en": "Independence Day"}


async def test_a_calendar_shows_each_day_and_why_it_is_not_ordinary(desk: Asker) -> None:
    answer = await desk.get("/v1/calendars/timecare?year=2026", "region")
    days = {day["date"]: day for day in answer.json()["days"]}
    assert len(days) == 365
    assert [(i["from"], i["to"]) for i in days["2026-03-10"]["intervals"]] == [
        ("09:00", "12:00"),
        ("13:00", "16:00"),
    ]
    assert days["2026-03-10"]["intervals"][0]["opens_at"] == instant("2026-03-10 09:00")
    assert "reason" not in days["2026-03-10"]
    assert (days["2026-01-05"]["kind"], days["2026-01-05"]["intervals"]) == ("bridge_day", [])
    assert days["2026-05-14"]["reason"] == "red day: Kristi himmelsfärdsdag"
    assert days["2026-05-14"]["names"] == {"sv": "Kristi himmelsfärdsdag", "en": "Ascension Day"}
    assert days["2026-05-13"]["names"]["en"] == "Ascension Day"
    assert [(i["from"], i["to"]) for i in days["2026-05-13"]["intervals"]] == [("09:00", "12:00")]
    assert (await desk.get("/v1/calendars/gold?year=2026")).status_code == 404
    assert (await desk.get("/v1/calendars/hubs?year=1999")).status_code == 422


def _due(answer: dict[str, Any]) -> dict[str, str]:
    return {deadline["kind"]: deadline["due_at"] for deadline in answer["deadlines"]}
