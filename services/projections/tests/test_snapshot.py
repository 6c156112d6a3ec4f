"""A ticket is shown as of one moment, however much is committed while it is read."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.projections_facts import AGENT

from projections.reading import read_ticket
from shared.events.sla import DeadlineWarned
from shared.events.ticket import CommentAdded
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration


class Interrupted:
    """A connection beside which something is committed after each of its statements."""

    def __init__(self, connection: Any, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self._connection = connection
        self._meanwhile = meanwhile

    async def fetch(self, *given: Any) -> Any:
        found = await self._connection.fetch(*given)
        await self._meanwhile()
        return found

    async def fetchrow(self, *given: Any) -> Any:
        found = await self._connection.fetchrow(*given)
        await self._meanwhile()
        return found


@pytest.mark.parametrize("tenant", ["*", "acme"])
async def test_versions_and_rows_are_of_one_moment(
    database: Database, story: Callable[..., Any], take_in: Callable[..., Any], tenant: str
) -> None:
    ada = story()
    opened = ada.opened()
    due = opened.time + timedelta(hours=1)
    ada.deadline("d1", "response", due)
    await take_in(*ada.events)

    async def meanwhile() -> None:
        said = CommentAdded(comment_id="c", visibility="public", by=AGENT, body="More.")
        warned = DeadlineWarned(deadline_id="d1", kind="response", reason="soft", warn_at=due, due_at=due)
        await take_in(ada.told(said), ada.told(warned))

    async with database.reading(tenant) as connection:
        interrupted: Any = Interrupted(connection, meanwhile)
        found = await read_ticket(interrupted, tenant, ada.ticket)
    assert found.ticket is not None
    newest: dict[str, int] = {}
    for entry in found.ticket["timeline"]:
        newest[entry["source"]] = max(entry["version"], newest.get(entry["source"], 0))
    assert {source: version for source, version in found.versions.items() if version} == newest
    assert found.ticket["version"] == found.versions["intake"]
    assert found.ticket["deadlines"][0]["warned"] is (found.versions["sla-engine"] > 1)
