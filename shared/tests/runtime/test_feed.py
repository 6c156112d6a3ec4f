"""The feed, over the in-memory store."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.people import Actor
from shared.events.ticket import WorkStarted
from shared.eventstore.store import FeedPage, FeedQuery
from shared.runtime.app import create_app
from shared.runtime.feed import feed_router
from shared.runtime.settings import ServiceSettings

NOW = datetime(2026, 3, 30, 6, 30, tzinfo=UTC)
TICKET = UUID("01990000-0000-7000-8000-000000000001")


def worked(version: int) -> Recorded:
    return Recorded(
        id=new_id(),
        type="WorkStarted.v1",
        source="/intake",
        subject=TICKET,
        version=version,
        tenant="acme",
        time=NOW,
        recorded_at=NOW,
        correlation_id=new_id(),
        causation_id=None,
        traceparent=None,
        data=WorkStarted(by=Actor(id="agent-1", party="support", role="agent")),
    )


class ThreeEvents:
    """Answers as the port says, and remembers what was asked."""

    def __init__(self) -> None:
        self.events = [worked(version) for version in (1, 2, 3)]
        self.asked: list[FeedQuery] = []

    async def feed(self, query: FeedQuery) -> FeedPage:
        self.asked.append(query)
        start = query.after[1] if query.after else 0
        page = self.events[start : start + query.limit]
        more = len(page) == query.limit
        return FeedPage(page, (page[-1].subject, page[-1].version) if more else None)


@pytest.fixture
def store() -> ThreeEvents:
    return ThreeEvents()


@pytest.fixture
def feed(store: ThreeEvents, settings: Callable[..., ServiceSettings]) -> httpx2.AsyncClient:
    app: FastAPI = create_app("example", settings(), [feed_router(store, "/intake")])  # type: ignore[arg-type]
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app),
        base_url="http://test",
        headers={"Authorization": "Bearer local-service"},
    )


async def test_the_feed_is_followed_by_its_cursor_to_the_end(feed: httpx2.AsyncClient) -> None:
    first = await feed.get("/v1/events?limit=2")
    assert [event["streamversion"] for event in first.json()["items"]] == [1, 2]
    assert first.links["next"]["url"].startswith("?limit=2&cursor=")
    second = await feed.get("/v1/events", params={"limit": 2, "cursor": first.json()["next_cursor"]})
    assert [event["streamversion"] for event in second.json()["items"]] == [3]
    assert second.json()["next_cursor"] is None
    assert "link" not in second.headers


async def test_an_event_is_cloudevents_json(feed: httpx2.AsyncClient) -> None:
    event = (await feed.get("/v1/events?limit=1")).json()["items"][0]
    assert event["specversion"] == "1.0"
    assert event["type"] == "WorkStarted.v1"
    assert event["source"] == "/intake"
    assert event["subject"] == str(TICKET)
    assert event["time"] == event["recordedtime"] == "2026-03-30T06:30:00.000000Z"
    assert event["data"]["by"]["id"] == "agent-1"
    assert "causationid" not in event


async def test_subject_and_changed_since_reach_the_store(
    feed: httpx2.AsyncClient, store: ThreeEvents
) -> None:
    await feed.get(
        "/v1/events", params={"subject": str(TICKET), "changed_since": "2026-03-30T08:30:00+02:00"}
    )
    assert store.asked == [FeedQuery(None, TICKET, NOW, 100, "*")]


async def test_one_of_the_services_sources_may_be_asked_for_and_no_other(
    feed: httpx2.AsyncClient, store: ThreeEvents
) -> None:
    await feed.get("/v1/events?source=/intake/directory")
    assert [asked.source for asked in store.asked] == ["/intake/directory"]
    assert (await feed.get("/v1/events?source=/escalation")).status_code == 422


@pytest.mark.parametrize(
    "query", ["cursor=x", "limit=0", "limit=1001", "subject=x", "changed_since=2026-01-01T00:00:00"]
)
async def test_a_wrong_question_is_pointed_at(feed: httpx2.AsyncClient, query: str) -> None:
    response = await feed.get(f"/v1/events?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/" + query.split("=", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("token", "status"),
    [("local-service", 200), ("local-ops", 200), ("local-acme", 403), ("local-agent", 403), ("nobody", 401)],
)
async def test_the_feed_is_for_services_and_operators(
    feed: httpx2.AsyncClient, token: str, status: int
) -> None:
    response = await feed.get("/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code == status
