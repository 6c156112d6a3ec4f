"""The whole life of a ticket over HTTP, on real PostgreSQL."""

import asyncio
from typing import Any

import pytest
from tests.calls import Client, by, opened

from intake.acts import ACTS
from shared.events.ids import new_id

pytestmark = pytest.mark.integration

SOON = "2030-03-29T10:00:00Z"
BODIES: dict[str, Any] = {
    "comments": {"body": "b"},
    "priority": {"priority": "P2"},
    "category": {"category": "defect"},
    "work": {},
    "question": {"body": "b"},
    "wait": {"for": "supplier", "reference": "D-1"},
    "agreed-date": {"due_at": SOON},
    "expected": {"expected_at": SOON},
    "resolve": {"solution": "s"},
    "close-request": {},
    "close": {},
    "reopen": {"reason": "r"},
    "contract": {"contract": "hubs"},
    "survey": {"score": 5},
    "review": {"owner": {"name": "Bo Exempel", "email": "bo@support.example"}},
    "review-complete": {"root_cause": "Disken var full."},
    "merge": {"into": str(new_id())},
    "split": {"subject": "s", "description": "d"},
}
CREDENTIALS = {
    "client": "acme",
    "agent": "agent",
    "manager": "manager",
    "ops": "ops",
    "service": "service",
}


async def does(client: Client, ticket: str, name: str, who: str = "agent", **body: Any) -> dict[str, Any]:
    answer = await client.post(f"/v1/tickets/{ticket}/{name}", json=body or BODIES[name], headers=by(who))
    assert answer.status_code == 200, answer.text
    read = await client.get(f"/v1/tickets/{ticket}", headers=by(who))
    assert read.json() == answer.json()
    found: dict[str, Any] = answer.json()
    return found


def test_every_act_has_a_body_here() -> None:
    assert BODIES.keys() == {act.name for act in ACTS}


async def test_an_act_is_for_the_roles_of_its_table_and_for_nobody_else(client: Client) -> None:
    for act in ACTS:
        for role, who in CREDENTIALS.items():
            path = f"/v1/tickets/{(await opened(client))['id']}/{act.name}"
            answer = await client.post(path, json=BODIES[act.name], headers=by(who))
            assert (answer.status_code == 403) == (role not in act.roles), (act.name, role, answer.text)


async def test_anothers_ticket_is_404_for_every_act_of_a_customer(client: Client) -> None:
    ticket = await opened(client)
    for act in ACTS:
        path = f"/v1/tickets/{ticket['id']}/{act.name}"
        answer = await client.post(path, json=BODIES[act.name], headers=by("region"))
        assert answer.status_code == (404 if "client" in act.roles else 403), act.name
    assert (await client.get(f"/v1/tickets/{ticket['id']}", headers=by("acme"))).json() == ticket


async def test_a_question_waits_and_the_customers_comment_ends_the_wait(client: Client) -> None:
    ticket = (await opened(client))["id"]
    asked = await does(client, ticket, "question")
    assert (asked["status"], asked["waiting_for"], asked["waiting_since"]) == (
        "waiting",
        "customer",
        asked["updated_at"],
    )
    answered = await does(client, ticket, "comments", "acme")
    assert (answered["status"], answered["waiting_for"], answered["version"]) == ("open", None, 4)
    history = await client.get(f"/v1/tickets/{ticket}/events", headers=by("acme"))
    assert [event["type"] for event in history.json()["items"]] == [
        "TicketOpened.v1",
        "CustomerQuestioned.v1",
        "CommentAdded.v1",
        "CustomerAnswered.v1",
    ]


async def test_a_repeated_answer_ends_the_wait_once(client: Client) -> None:
    ticket = (await opened(client))["id"]
    await does(client, ticket, "question")
    path, headers = f"/v1/tickets/{ticket}/comments", by("acme", **{"Idempotency-Key": "k"})
    first, again = [await client.post(path, json={"body": "b"}, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert first.headers["ETag"] == again.headers["ETag"] == '"4"'


async def test_what_was_agreed_expected_and_awaited_is_shown(client: Client) -> None:
    ticket = (await opened(client))["id"]
    await does(client, ticket, "agreed-date")
    await does(client, ticket, "expected")
    shown = await does(client, ticket, "wait")
    assert shown["agreed_due_at"] == shown["expected_at"] == "2030-03-29T10:00:00.000000Z"
    assert (shown["status"], shown["waiting_for"], shown["supplier_reference"]) == ("open", "supplier", "D-1")


async def test_a_ticket_is_closed_surveyed_and_reopened(client: Client) -> None:
    ticket = (await opened(client))["id"]
    await does(client, ticket, "resolve")
    asked = await does(client, ticket, "close-request", "acme")
    assert asked["closure_requested_at"]
    await does(client, ticket, "close")
    assert (await does(client, ticket, "survey", "acme", score=4, comment="bra"))["survey_score"] == 4
    again = await does(client, ticket, "reopen", "acme")
    assert (again["status"], again["closure_requested_at"], again["survey_score"]) == ("open", None, None)


@pytest.mark.parametrize("score", [0, 6, 4.5, "5", True, None])
async def test_a_score_is_a_whole_number_from_one_to_five(client: Client, score: Any) -> None:
    ticket = (await opened(client))["id"]
    await does(client, ticket, "close")
    path = f"/v1/tickets/{ticket}/survey"
    answer = await client.post(path, json={"score": score}, headers=by("acme"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/score")


async def test_a_workaround_is_one_or_none_and_a_blank_word_is_none(client: Client) -> None:
    ticket = (await opened(client))["id"]
    for name, body in {
        "resolve": {"solution": "s", "workaround": "yes"},
        "comments": {"body": " \n\u200b"},
        "question": {"body": "\t"},
    }.items():
        answer = await client.post(f"/v1/tickets/{ticket}/{name}", json=body, headers=by("agent"))
        assert answer.status_code == 422, answer.text
    assert (await client.get(f"/v1/tickets/{ticket}", headers=by("agent"))).json()["status"] == "new"


async def test_a_customer_with_several_contracts_names_one_and_support_may_change_it(client: Client) -> None:
    unnamed = await client.post(
        "/v1/tickets",
        json={
            "subject": "s",
            "description": "d",
            "reporter": {"name": "E", "phone": "08123456"},
            "customer": "duo",
        },
        headers=by("agent"),
    )
    assert (unnamed.status_code, unnamed.json()["errors"][0]["pointer"]) == (422, "/contract")
    ticket = await opened(client, "agent", customer="duo", contract="hubs")
    assert (await does(client, ticket["id"], "contract", contract="timecare"))["contract"] == "timecare"
    refused = await client.post(
        f"/v1/tickets/{ticket['id']}/contract", json={"contract": "demo"}, headers=by("agent")
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/contract")


async def test_a_merge_closes_one_ticket_and_stands_in_both(client: Client) -> None:
    source, target = [(await opened(client))["id"] for _ in range(2)]
    merged = await does(client, source, "merge", into=target)
    assert (merged["status"], merged["merged_into"]) == ("closed", target)
    there = await client.get(f"/v1/tickets/{target}/events", headers=by("acme"))
    told = there.json()["items"][-1]
    assert (told["type"], told["data"]["source"], told["data"]["target"]) == (
        "TicketMerged.v1",
        source,
        target,
    )
    reopened = await client.post(f"/v1/tickets/{source}/reopen", json={"reason": "r"}, headers=by("acme"))
    assert reopened.status_code == 409 and target in reopened.json()["detail"]


@pytest.mark.parametrize("other", ["itself", "unknown", "another customer's", "closed"])
async def test_a_merge_that_cannot_be_leaves_both_tickets_as_they_were(client: Client, other: str) -> None:
    source = await opened(client)
    theirs, closed = await opened(client, "region"), await opened(client)
    closed = await does(client, closed["id"], "close")
    into = {
        "itself": source["id"],
        "unknown": str(new_id()),
        "another customer's": theirs["id"],
        "closed": closed["id"],
    }[other]
    answer = await client.post(f"/v1/tickets/{source['id']}/merge", json={"into": into}, headers=by("agent"))
    assert answer.status_code == (409 if other == "closed" else 422), answer.text
    for ticket in (source, theirs, closed):
        assert (await client.get(f"/v1/tickets/{ticket['id']}", headers=by("agent"))).json() == ticket


async def test_two_tickets_merged_into_each_other_at_once_leave_one(client: Client) -> None:
    one, two = [(await opened(client))["id"] for _ in range(2)]
    answers = await asyncio.gather(
        *(
            client.post(f"/v1/tickets/{a}/merge", json={"into": b}, headers=by("agent"))
            for a, b in ((one, two), (two, one))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_split_opens_a_second_ticket_that_names_the_first(client: Client) -> None:
    ticket = (await opened(client))["id"]
    await does(client, ticket, "split", subject="Faxen", description="Faxen också.")
    history = await client.get(f"/v1/tickets/{ticket}/events", headers=by("agent"))
    told = history.json()["items"][-1]["data"]
    second = (await client.get(f"/v1/tickets/{told['into']}", headers=by("acme"))).json()
    assert (second["split_from"], second["number"]) == (ticket, told["into_number"])
    assert (second["subject"], second["customer"], second["priority"], second["status"]) == (
        "Faxen",
        "acme",
        "P1",
        "new",
    )


async def test_a_split_that_is_repeated_opens_one_ticket(client: Client) -> None:
    ticket = (await opened(client))["id"]
    headers = by("agent", **{"Idempotency-Key": "k"})
    for _ in range(2):
        answer = await client.post(f"/v1/tickets/{ticket}/split", json=BODIES["split"], headers=headers)
        assert answer.headers["ETag"] == '"2"'
    feed = await client.get("/v1/events", headers=by("service"))
    assert [event["type"] for event in feed.json()["items"]].count("TicketOpened.v1") == 2


async def test_a_customer_sees_neither_who_in_support_did_it_nor_how_the_contract_is_run(
    client: Client,
) -> None:
    ticket = (await opened(client))["id"]
    await does(client, ticket, "work")
    seen = (await client.get(f"/v1/tickets/{ticket}/events", headers=by("acme"))).text
    for hidden in ("local-agent", "alert_service_manager", "escalate_at_once", "ylva.exempel"):
        assert hidden not in seen
    assert "local-agent" in (await client.get(f"/v1/tickets/{ticket}/events", headers=by("manager"))).text


async def test_a_customer_is_told_why_a_priority_was_set_and_what_the_cause_was(client: Client) -> None:
    ticket = (await opened(client))["id"]
    await does(client, ticket, "priority", priority="P2", reason="Many are hit.")
    await does(client, ticket, "resolve", solution="Restarted.", cause="The disk was full.")
    history = await client.get(f"/v1/tickets/{ticket}/events", headers=by("acme"))
    told = {event["type"]: event["data"] for event in history.json()["items"]}
    assert told["TicketPrioritised.v1"]["reason"] == "Many are hit."
    assert told["TicketResolved.v1"]["cause"] == "The disk was full."
