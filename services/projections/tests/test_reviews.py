"""Post-incident reviews in the read models: listed by what is due first, shown whole, and to support only."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from tests.projections_facts import AGENT, CUSTOMER, YLVA

from projections.review_views import ListedReview
from projections.reviewing import Wanted, read_review, read_reviews
from projections.streaming import read_changes
from projections.views import Record, Ticket
from shared.events.codec import instant
from shared.events.people import Contact
from shared.events.review import (
    ReviewAction,
    ReviewAssigned,
    ReviewCompleted,
    ReviewOpened,
    ReviewWithdrawn,
)
from shared.events.sla import DeadlineBreached, DeadlineMet
from shared.events.ticket import TicketClosed, TicketReopened
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
TakeIn = Callable[..., Any]
BO = Contact(name="Bo Exempel", email="Bo@support.example")
DONE = ReviewCompleted(
    review=1,
    by=AGENT,
    contentment=4,
    contentment_comment="Quick.",
    contentment_source="survey",
    root_cause="A full disk.",
    actions=(ReviewAction(what="Watch it.", owner="Bo Exempel"),),
    lessons="Disks fill.",
)
CLOSED = TicketClosed(by=AGENT, resolved=True)


def by(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"}


def reviewed(
    story: Stories, days: float = 14, owner: Contact | None = YLVA, tenant: str = "acme"
) -> tuple[Any, datetime]:
    """A closed ticket with its review, and when that is due."""
    ada = story(tenant=tenant)
    due: datetime = ada.opened().time + timedelta(days=days)
    ada.told(CLOSED)
    ada.told(ReviewOpened(review=1, highest_priority="P1", due_at=due, owner=owner, by=AGENT))
    ada.deadline("r1", "review", due, internal=True, commitment="aim")
    return ada, due


def overdue(ada: Any, due: datetime) -> None:
    ada.told(
        DeadlineBreached(
            deadline_id="r1", kind="review", commitment="aim", due_at=due, detected_at=due, internal=True
        )
    )


async def listed(client: httpx2.AsyncClient, query: str = "", who: str = "manager") -> list[str]:
    answer = await client.get(f"/v1/reviews{query}", headers=by(who))
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert all(ListedReview.model_validate(item) for item in items)
    return [item["ticket"] for item in items]


async def test_a_ticket_and_its_record_show_support_the_newest_review(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada, due = reviewed(story)
    await take_in(*ada.events)
    found = (await client.get(f"/v1/tickets/{ada.ticket}", headers=by("agent"))).json()
    assert Ticket.model_validate(found)
    review = found["review"]
    assert (review["number"], review["status"], review["overdue"]) == (1, "open", False)
    assert (review["due_at"], review["owner"]["email"]) == (instant(due), YLVA.email)
    await take_in(ada.told(DONE))
    record = (await client.get(f"/v1/tickets/{ada.ticket}/record", headers=by("manager"))).json()
    assert Record.model_validate(record)
    done = record["review"]
    assert (done["status"], done["root_cause"], done["lessons"]) == (
        "completed",
        "A full disk.",
        "Disks fill.",
    )
    assert done["contentment"] == {"score": 4, "comment": "Quick.", "source": "survey"}
    assert done["actions"] == [{"what": "Watch it.", "owner": "Bo Exempel", "due_on": None}]
    assert done["completed_at"] == instant(ada.events[-1].time)
    assert [each["what"] for each in record["measures"]][-2:] == ["ReviewOpened", "ReviewCompleted"]


async def test_the_list_begins_with_what_is_due_first_and_pages_stay_right(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    stories = [reviewed(story, days)[0] for days in (9, 3, 6, 3)]
    for ada in stories:
        await take_in(*ada.events)
    whole = await listed(client)
    assert whole[2:] == [str(stories[2].ticket), str(stories[0].ticket)]
    assert set(whole[:2]) == {str(stories[1].ticket), str(stories[3].ticket)}
    seen, cursors = list[str](), [""]
    while cursors[-1] is not None:
        after = f"&cursor={cursors[-1]}" if cursors[-1] else ""
        answer = (await client.get(f"/v1/reviews?limit=1{after}", headers=by("agent"))).json()
        seen += [item["ticket"] for item in answer["items"]]
        cursors.append(answer["next_cursor"])
    assert (seen, len(cursors)) == (whole, 5)
    other = await client.get(f"/v1/reviews?status=open&cursor={cursors[1]}", headers=by("agent"))
    assert other.status_code == 422, "a cursor of another question"


async def test_the_list_is_filtered_by_status_customer_and_owner(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    late, due = reviewed(story, days=1)
    overdue(late, due)
    done, _ = reviewed(story, days=2)
    done.told(DONE)
    taken_back, _ = reviewed(story, days=3)
    taken_back.told(TicketReopened(previous="closed", by=CUSTOMER))
    taken_back.told(ReviewWithdrawn(review=1, reason="reopened", by=CUSTOMER))
    bos, _ = reviewed(story, days=4, owner=BO, tenant="region")
    nobodys, _ = reviewed(story, days=5, owner=None)
    for ada in (late, done, taken_back, bos, nobodys):
        await take_in(*ada.events)

    async def found(query: str) -> list[Any]:
        names = {str(ada.ticket): ada for ada in (late, done, taken_back, bos, nobodys)}
        return [names[ticket] for ticket in await listed(client, query)]

    assert await found("?status=open") == [late, bos, nobodys]
    assert await found("?status=overdue") == [late]
    assert await found("?status=completed") == [done]
    assert await found("?status=withdrawn&status=overdue") == [late, taken_back]
    assert await found("?customer=region") == [bos]
    assert await found("?owner=bo@SUPPORT.example") == [bos]
    assert await found("?owner=none") == [nobodys]
    assert await found("?status=&customer=&owner=") == [late, done, taken_back, bos, nobodys]
    for wrong in ("?status=late", "?overdue=true", "?cursor=x", "?limit=0"):
        assert (await client.get(f"/v1/reviews{wrong}", headers=by("manager"))).status_code == 422


async def test_a_review_is_overdue_by_the_engines_word_until_it_is_done_or_given_another_date(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada, due = reviewed(story, days=1)
    await take_in(*ada.events)
    assert await listed(client, "?status=overdue") == []
    overdue(ada, due)
    await take_in(ada.events[-1])
    assert await listed(client, "?status=overdue") == [str(ada.ticket)]
    moved = ReviewAssigned(
        review=1,
        due_at=due + timedelta(days=9),
        previous_due_at=due,
        owner_changed=False,
        owner=YLVA,
        by=AGENT,
    )
    await take_in(ada.told(moved))
    assert await listed(client, "?status=overdue") == []
    await take_in(ada.told(replace(moved, due_at=due, previous_due_at=moved.due_at)))
    assert await listed(client, "?status=overdue") == [str(ada.ticket)]
    await take_in(ada.told(DONE))
    assert await listed(client, "?status=overdue") == []


async def test_closing_again_lists_both_reviews_and_shows_the_newer(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada, due = reviewed(story)
    ada.told(DONE)
    ada.told(TicketReopened(previous="closed", by=CUSTOMER))
    ada.told(CLOSED)
    ada.told(ReviewOpened(review=2, highest_priority="P1", due_at=due, owner=YLVA, by=AGENT))
    await take_in(*ada.events)
    assert await listed(client) == [str(ada.ticket)] * 2
    found = (await client.get(f"/v1/tickets/{ada.ticket}", headers=by("agent"))).json()["review"]
    assert (found["number"], found["status"], found["root_cause"]) == (2, "open", "")


async def test_a_customer_is_shown_no_review_by_any_route(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada, due = reviewed(story, days=1)
    overdue(ada, due)
    ada.told(DONE)
    await take_in(*ada.events)
    path = f"/v1/tickets/{ada.ticket}"
    for route in (path, f"{path}/record", f"{path}?as_of={instant(due + timedelta(1))}", "/v1/tickets"):
        answer = await client.get(route, headers=by("acme"))
        assert answer.status_code == 200
        assert "review" not in answer.text.lower(), route
        assert "disk" not in answer.text and "ylva" not in answer.text
    assert (await client.get("/v1/reviews", headers=by("acme"))).status_code == 403
    report = await client.get("/v1/reports/sla", headers=by("acme"))
    assert report.json()["items"] == []
    assert "review" in (await client.get(f"{path}?as_of={instant(due)}", headers=by("agent"))).json()


async def test_who_follows_as_a_customer_hears_nothing_of_it(
    database: Database, story: Stories, take_in: TakeIn
) -> None:
    ada, due = reviewed(story)
    await take_in(ada.events[0])
    async with database.reading("acme") as connection:
        since = (await read_changes(connection, "acme", None)).position
    # The closing, which the customer hears of, comes in one batch with the review.
    await take_in(*ada.events[1:])
    overdue(ada, due)
    await take_in(ada.events[-1])
    await take_in(ada.told(DONE))
    heard = {}
    for tenant in ("acme", "*"):
        async with database.reading(tenant) as connection:
            changed = (await read_changes(connection, tenant, since)).changed
        heard[tenant] = [field for change in changed for field in change.fields]
    assert heard["acme"].count("timeline") == 1
    assert not {"review", "deadlines", "due_at", "breached"} & set(heard["acme"])
    assert heard["*"].count("review") == 2 and "deadlines" in heard["*"]


async def test_each_layer_alone_keeps_reviews_from_customers(
    database: Database, story: Stories, take_in: TakeIn
) -> None:
    ada, _ = reviewed(story)
    await take_in(*ada.events)
    # Row-level security without the queries' own conditions …
    for tenant, count in (("acme", 0), ("region", 0), ("", 0), ("*", 1)):
        async with database.reading(tenant) as connection:
            assert await connection.fetchval("SELECT count(*) FROM reviews") == count
    # … and those without it: the worker's role sees every row.
    async with database.working() as connection:
        assert await connection.fetchval("SELECT count(*) FROM reviews") == 1
        assert await read_review(connection, "acme", ada.ticket) is None
        assert (await read_reviews(connection, Wanted("acme"))).items == []
        assert await read_review(connection, "*", ada.ticket) is not None
        assert len((await read_reviews(connection, Wanted("*"))).items) == 1


async def test_a_review_is_neither_the_tickets_next_deadline_nor_its_breach(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada, due = reviewed(story)
    overdue(ada, due)
    await take_in(*ada.events)
    for path in ("", f"?as_of={instant(due + timedelta(1))}"):
        found = (await client.get(f"/v1/tickets/{ada.ticket}{path}", headers=by("agent"))).json()
        assert (found["due_at"], found["breached"]) == (None, False)
        assert [clock["kind"] for clock in found["deadlines"]] == ["review"]


async def test_in_the_report_reviews_are_aims_of_their_own_kind(
    client: httpx2.AsyncClient, story: Stories, take_in: TakeIn
) -> None:
    ada, due = reviewed(story)
    ada.deadline("d1", "response", due)
    for name, kind in (("d1", "response"), ("r1", "review")):
        met: Any = {"deadline_id": name, "kind": kind, "internal": kind == "review"}
        ada.told(DeadlineMet(met_at=due, due_at=due, late=False, **met))
    await take_in(*ada.events)
    items = (await client.get("/v1/reports/sla", headers=by("manager"))).json()["items"]
    assert {(item["kind"], item["commitment"], item["met"]) for item in items} == {
        ("response", "promise", 1),
        ("review", "aim", 1),
    }
