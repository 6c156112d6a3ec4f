"""The ledger over HTTP, and the caught mail of a machine of one's own."""

from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from tests.notifier_facts import BREACHED, ESCALATED, comment, fact, opened, policy

from notifier import api
from notifier.handlers import Noting
from notifier.mailbox import Mailbox
from notifier.reading import Notifications
from notifier.settings import NotifierSettings
from shared.events.ids import new_id
from shared.eventstore.database import Database, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch
from shared.runtime.app import create_app

pytestmark = pytest.mark.integration
CREDENTIALS = Path(__file__).parents[3] / "seeds/local/credentials.yaml"


@pytest.fixture
async def database(fresh_database: Callable[[str], str]) -> AsyncIterator[Database]:
    database = await open_database(fresh_database("notifier"), "notifier")
    yield database
    await database.close()


@pytest.fixture
async def client(database: Database, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    settings = NotifierSettings(app_env="local", database_url="unused", credentials_file=CREDENTIALS)
    routers = [api.router(Notifications(database)), api.caught_mail(Mailbox(tmp_path))]
    app = create_app("notifier", settings, routers)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        yield client


@pytest.fixture
async def ticket(database: Database) -> UUID:
    """Four rows: two for the reporter, two for the team; line 2 was told of a P1 when it came in."""
    ticket = new_id()
    facts = [fact(event, ticket) for event in (opened(), ESCALATED, BREACHED)]
    async with database.transaction() as tx:
        await noting(database).handle(Batch(tx, 0, facts, live=True))
    return ticket


def noting(database: Database) -> Noting:
    return Noting(PostgresEventStore(database, "/notifier"), policy(), lambda: None, lambda: None)


async def read(client: httpx2.AsyncClient, name: str, **query: Any) -> httpx2.Response:
    headers = {"Authorization": f"Bearer local-{name}"}
    return await client.get("/v1/notifications", params=query, headers=headers)


@pytest.mark.parametrize("name", ["agent", "manager", "ops", "service"])
async def test_support_and_operators_see_what_was_told_to_whom(
    client: httpx2.AsyncClient, ticket: UUID, name: str
) -> None:
    answer = await read(client, name, ticket=str(ticket))

    assert answer.status_code == 200
    assert [row["recipient"] for row in answer.json()["items"]] == ["reporter", "team", "reporter", "team"]
    first = answer.json()["items"][0]
    assert (first["state"], first["attempts"], first["channel"]) == ("pending", 0, "email")
    assert first["event_type"] == "TicketOpened.v1"


async def test_a_customer_sees_only_what_its_reporter_was_told(
    client: httpx2.AsyncClient, ticket: UUID
) -> None:
    rows = (await read(client, "acme", ticket=str(ticket))).json()["items"]

    assert [row["recipient"] for row in rows] == ["reporter", "reporter"]


async def test_another_customers_ticket_does_not_exist(client: httpx2.AsyncClient, ticket: UUID) -> None:
    assert (await read(client, "region", ticket=str(ticket))).status_code == 404
    assert (await read(client, "region")).json()["items"] == []


async def test_the_ledger_is_read_in_pages(client: httpx2.AsyncClient, ticket: UUID) -> None:
    first = (await read(client, "agent", limit=2)).json()
    second = (await read(client, "agent", limit=2, cursor=first["next_cursor"])).json()

    assert [len(first["items"]), len(second["items"])] == [2, 2]
    third = (await read(client, "agent", limit=2, cursor=second["next_cursor"])).json()
    assert (third["items"], third["next_cursor"]) == ([], None)


async def test_internal_words_never_reach_the_ledger(client: httpx2.AsyncClient, database: Database) -> None:
    ticket = new_id()
    facts = [fact(opened(), ticket), fact(comment("Bara vi", visibility="internal"), ticket, version=2)]
    async with database.transaction() as tx:
        await noting(database).handle(Batch(tx, 0, facts, live=True))

    rows = (await read(client, "agent", ticket=str(ticket))).json()["items"]
    assert {row["event_type"] for row in rows} == {"TicketOpened.v1"}


async def test_caught_mail_is_listed_oldest_first_and_filtered(
    client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    for number, to in ((2, "b@acme.example"), (10, "c@acme.example"), (1, "a@acme.example")):
        mail = EmailMessage()
        mail["To"], mail["From"], mail["Subject"] = to, "Stafett <s@stafett.example>", f"[2026-{number}] Hej"
        mail["X-Stafett-Ticket"] = str(number)
        mail.set_content("text")
        (tmp_path / f"{number:012d}.eml").write_bytes(mail.as_bytes())
    (tmp_path / "000000000011.part").write_bytes(b"half")

    every = (await client.get("/local/mail")).json()
    assert [mail["to"] for mail in every] == ["a@acme.example", "b@acme.example", "c@acme.example"]
    assert every[0].keys() == {"to", "from", "subject", "headers", "text", "html"}
    assert every[0]["from"] == "s@stafett.example"
    assert len((await client.get("/local/mail", params={"to": "b@acme.example"})).json()) == 1
    assert len((await client.get("/local/mail", params={"ticket": "10"})).json()) == 1
    assert len((await client.get("/local/mail", params={"ticket": "2026-10"})).json()) == 1


async def test_what_is_held_and_what_is_unknown_show(
    client: httpx2.AsyncClient, database: Database, ticket: UUID
) -> None:
    async with database.working() as connection:
        await connection.execute(
            "UPDATE ledger SET state = 'held', hold = 'quiet_hours', send_after = now()"
            " WHERE recipient = 'team'"
        )
        await connection.execute(
            "UPDATE ledger SET state = 'unknown', ambiguities = 1 WHERE recipient = 'reporter'"
        )

    rows = (await read(client, "agent", ticket=str(ticket))).json()["items"]
    assert {(row["state"], row["hold"], row["ambiguities"]) for row in rows} == {
        ("held", "quiet_hours", 0),
        ("unknown", None, 1),
    }
    assert all(row["send_after"] for row in rows if row["state"] == "held")
