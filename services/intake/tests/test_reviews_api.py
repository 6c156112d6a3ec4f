"""A review over HTTP, on real PostgreSQL: support's own, at every route that tells of the ticket."""

from datetime import datetime
from typing import Any

import pytest
from tests.calls import Client, by, opened

from shared.events.review import ReviewEvent
from shared.events.ticket import TicketEvent

pytestmark = pytest.mark.integration

BO = {"name": "Bo Exempel", "email": "bo@support.example"}
REVIEW_TYPES = ("ReviewOpened.v1", "ReviewAssigned.v1", "ReviewWithdrawn.v1", "ReviewCompleted.v1")
SOON = "2030-03-29T10:00:00Z"


async def does(client: Client, ticket: dict[str, Any], name: str, who: str = "agent", **body: Any) -> Any:
    answer = await client.post(f"/v1/tickets/{ticket['id']}/{name}", json=body, headers=by(who))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def closed(client: Client, **more: Any) -> dict[str, Any]:
    ticket: dict[str, Any] = await does(client, await opened(client, **more), "close")
    return ticket


async def types(client: Client, ticket: dict[str, Any], who: str) -> list[str]:
    answer = await client.get(f"/v1/tickets/{ticket['id']}/events", headers=by(who))
    return [event["type"] for event in answer.json()["items"]]


async def test_a_closed_p1_shows_support_its_review(client: Client) -> None:
    ticket = await closed(client)
    review = ticket["review"]
    assert (review["status"], review["highest_priority"], review["number"]) == ("open", "P1", 1)
    assert review["owner"]["email"] == "ylva.exempel@acme.example"
    assert review["opened_at"] == ticket["updated_at"]
    read = await client.get(f"/v1/tickets/{ticket['id']}", headers=by("manager"))
    assert read.json() == ticket


async def test_a_p3_has_no_review(client: Client) -> None:
    assert "review" not in await closed(client, priority="P3")


async def test_a_review_is_assigned_completed_and_shown_whole(client: Client) -> None:
    ticket = await closed(client)
    assigned = (await does(client, ticket, "review", "manager", owner=BO, due_at=SOON))["review"]
    assert (assigned["owner"]["email"], assigned["due_at"]) == (BO["email"], "2030-03-29T10:00:00.000000Z")
    await does(client, ticket, "survey", "acme", score=4, comment="Snabbt.")
    actions = [
        {"what": "Rensa loggar", "owner": "Bo Exempel", "due_on": "2026-12-24"},
        {"what": "Larma vid 80 %"},
    ]
    found = {"root_cause": "Disken var full.", "actions": actions, "lessons": "Övervaka diskar."}
    review = (await does(client, ticket, "review-complete", **found))["review"]
    assert (review["status"], review["root_cause"]) == ("completed", "Disken var full.")
    assert review["actions"] == [actions[0], actions[1] | {"owner": None, "due_on": None}]
    assert review["contentment"] == {"score": 4, "comment": "Snabbt.", "source": "survey"}
    again = await client.post(f"/v1/tickets/{ticket['id']}/review-complete", json=found, headers=by("agent"))
    assert (again.status_code, again.json()["type"].rpartition("/")[2]) == (409, "review-completed")


async def test_a_repeated_completion_is_one(client: Client) -> None:
    ticket = await closed(client)
    path, headers = f"/v1/tickets/{ticket['id']}/review-complete", by("agent", **{"Idempotency-Key": "k"})
    first, again = [await client.post(path, json={"root_cause": "x"}, headers=headers) for _ in range(2)]
    assert first.json() == again.json() and first.status_code == again.status_code == 200
    stale = await client.post(
        path, json={"root_cause": "x"}, headers=by("agent", **{"If-Match": f'"{ticket["version"]}"'})
    )
    assert stale.status_code == 412


async def test_a_customer_sees_neither_a_review_nor_its_events(client: Client) -> None:
    ticket = await closed(client)
    assert "review" in ticket
    await does(client, ticket, "review", owner=BO)
    survey = await does(client, ticket, "survey", "acme", score=2)
    reopened = await does(client, ticket, "reopen", "acme", reason="Igen.")
    await does(client, ticket, "close")
    await does(client, ticket, "review-complete", root_cause="Disken var full.")
    assert set(REVIEW_TYPES) < set(await types(client, ticket, "agent"))
    assert not set(REVIEW_TYPES) & set(await types(client, ticket, "acme"))
    read = await client.get(f"/v1/tickets/{ticket['id']}", headers=by("acme"))
    listed = await client.get("/v1/tickets", params={"external_ref": "none"}, headers=by("acme"))
    history = await client.get(f"/v1/tickets/{ticket['id']}/events", headers=by("acme"))
    assert "review" not in read.json() | survey | reopened
    for seen in (read.text, listed.text, history.text):
        assert "review" not in seen and BO["email"] not in seen and "Disken" not in seen


def test_every_type_of_review_event_is_tried_here() -> None:
    assert {f"{kind.__name__}.v1" for kind in ReviewEvent.__args__} == set(REVIEW_TYPES)
    assert set(ReviewEvent.__args__) < set(TicketEvent.__args__)


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [
        ("review", {}, ""),
        ("review", {"owner": {"name": "Bo"}}, "/owner/email"),
        ("review", {"owner": {"name": "Bo", "email": "bö@support.example"}}, "/owner/email"),
        ("review", {"due_at": "2020-01-01T00:00:00Z"}, "/due_at"),
        ("review", {"due_at": "2030-01-01T00:00:00"}, "/due_at"),
        ("review-complete", {}, "/root_cause"),
        ("review-complete", {"root_cause": " \n"}, "/root_cause"),
        ("review-complete", {"root_cause": "x", "actions": [{}]}, "/actions/0/what"),
        (
            "review-complete",
            {"root_cause": "x", "actions": [{"what": "y", "due_on": "2026-12-24T00:00:00Z"}]},
            "/actions/0/due_on",
        ),
        ("review-complete", {"root_cause": "x", "contentment": {"score": 6}}, "/contentment/score"),
        ("review-complete", {"root_cause": "x", "contentment": {"score": True}}, "/contentment/score"),
        ("review-complete", {"root_cause": "x", "grade": 1}, "/grade"),
    ],
)
async def test_a_body_that_is_none_is_refused_and_nothing_is_written(
    client: Client, name: str, body: dict[str, Any], pointer: str
) -> None:
    ticket = await closed(client)
    answer = await client.post(f"/v1/tickets/{ticket['id']}/{name}", json=body, headers=by("agent"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    read = await client.get(f"/v1/tickets/{ticket['id']}", headers=by("agent"))
    assert read.json() == ticket


async def test_a_merged_ticket_goes_on_in_the_other_which_is_reviewed_for_both(client: Client) -> None:
    source, target = await opened(client), await opened(client, priority="P3")
    merged = await does(client, source, "merge", into=target["id"])
    assert merged["status"] == "closed" and "review" not in merged
    assert (await does(client, target, "close"))["review"]["highest_priority"] == "P1"


async def test_seconds_in_the_contract_are_seconds(client: Client) -> None:

    ticket = await opened(client, "agent", customer="fast")
    review = (await does(client, ticket, "close"))["review"]
    waited = datetime.fromisoformat(review["due_at"]) - datetime.fromisoformat(review["opened_at"])
    assert waited.total_seconds() == 20
