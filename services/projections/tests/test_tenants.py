"""Two layers keep customers apart, and each holds with the other one off."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from projections.listing import Wanted, read_list
from projections.overviews import read_overviews, read_queues
from projections.past import read_past
from projections.reading import read_ticket
from projections.reports import Asked, read_attainment
from shared.errors import Transient
from shared.events.sla import DeadlineMet
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]


@pytest.fixture
async def ada(story: Stories, take_in: Callable[..., Any]) -> Any:
    """A ticket of acme's with a deadline, beside one of region's."""
    ada, bo = story(tenant="acme"), story(tenant="region")
    for each in (ada, bo):
        due = each.opened(subject="Login").time + timedelta(hours=1)
        each.deadline("d1", "response", due)
        each.told(DeadlineMet(deadline_id="d1", kind="response", met_at=due, due_at=due, late=False))
        await take_in(*each.events)
    return ada


@pytest.mark.parametrize(
    "table", ["tickets", "deadlines", "timeline", "ticket_words", "search_tickets('login')", "ticket_changes"]
)
async def test_row_level_security_alone_keeps_customers_apart(
    database: Database, ada: Any, table: str
) -> None:
    counts = {}
    for tenant in ("acme", "other", "*"):
        async with database.reading(tenant) as connection:
            counts[tenant] = await connection.fetchval(f"SELECT count(DISTINCT s::text) FROM {table} AS s")
    assert counts["other"] == 0
    assert counts["*"] == 2 * counts["acme"] > 0


async def test_without_a_tenant_nothing_is_shown(database: Database, ada: Any) -> None:
    async with database.reading("") as connection:
        assert await connection.fetchval("SELECT count(*) FROM tickets") == 0


async def test_the_conditions_alone_keep_customers_apart(database: Database, ada: Any) -> None:
    # The worker's role sees every row: only the queries' own conditions stand between.
    async with database.working() as connection:
        assert await connection.fetchval("SELECT count(*) FROM tickets") == 2
        assert (await read_ticket(connection, "region", ada.ticket)).ticket is None
        found = (await read_ticket(connection, "acme", ada.ticket)).ticket
        assert found is not None and len(found["timeline"]) == 3
        past = await read_past(connection, "region", ada.ticket, None, None)
        assert past.ticket is None
        for report in (
            await read_attainment(connection, Asked("region", group_by="customer")),
            await read_overviews(connection, "region", ada.events[0].time),
        ):
            assert {item.get("group", item.get("customer")) for item in report} == {"region"}
        for sort in ("registered_at", "-updated_at", "due"):
            listed = await read_list(connection, Wanted("region", sort=sort))
            assert [item["customer"] for item in listed.items] == ["region"]


async def test_a_reader_can_change_nothing(database: Database, ada: Any) -> None:
    with pytest.raises((asyncpg.InsufficientPrivilegeError, Transient)):
        async with database.reading("*") as connection:
            await connection.execute("DELETE FROM timeline")


async def test_row_level_security_alone_keeps_reports_and_the_past_apart(
    database: Database, ada: Any
) -> None:
    # The queries are told that everything may be seen: only the policies stand between.
    async with database.reading("region") as connection:
        assert (await read_past(connection, "*", ada.ticket, None, None)).ticket is None
        for report in (
            await read_attainment(connection, Asked("*", group_by="customer")),
            await read_overviews(connection, "*", ada.events[0].time),
        ):
            assert {item.get("group", item.get("customer")) for item in report} == {"region"}
        assert sum(queue["tickets"] for queue in await read_queues(connection, ada.events[0].time)) == 1
        listed = await read_list(connection, Wanted("*"))
        assert [item["customer"] for item in listed.items] == ["region"]
