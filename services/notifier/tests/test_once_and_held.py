"""On a real database: each person is told once, bursts fold, nights are kept, whatever the interleaving."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import asyncpg
import pytest
from tests.notifier_facts import AGENT, ALERTED, BREACHED, CLIENT, ESCALATED, comment, fact, opened, policy

from notifier.claims import claim
from notifier.domain.holding import QuietHours
from notifier.domain.teams import Member, Team
from notifier.handlers import Noting, Policy
from shared.events.envelope import Recorded
from shared.events.escalation import OnCallAlerted, TicketAssigned
from shared.events.ids import new_id
from shared.events.notification import NotificationHeld
from shared.events.ticket import ClosureRequested, TicketPrioritised, TicketResolved
from shared.eventstore.database import Database, Transaction, open_database
from shared.eventstore.postgres import PostgresEventStore
from shared.messaging.batch import Batch

pytestmark = pytest.mark.integration

NIGHT = datetime(2026, 3, 10, 22, 30, tzinfo=UTC)
MORNING = datetime(2026, 3, 11, 5, 0, tzinfo=UTC)
QUIET = {"team": QuietHours.parse("22:00-06:00")}
BURST = policy(window=10)
P3 = opened(priority="P3")


class Ledger:
    """The way in and the way out, at instants that the test names."""

    def __init__(self, database: Database, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._database = database
        self._admin = admin
        self.store = PostgresEventStore(database, "/notifier")

    async def hear(self, *facts: Recorded, under: Policy = BURST, at: datetime = NIGHT) -> None:
        async with self._database.transaction() as tx:
            noting = Noting(self.store, under, lambda: None, lambda: None)
            await noting.handle(Batch(Transaction(tx.connection, at, tx.xid), 0, facts, live=True))

    async def mails(self, at: datetime) -> list[list[str]]:
        """The templates in each mail that goes out at an instant; they are left in `sending`."""
        async with self._database.transaction() as tx:
            mails = await claim(Transaction(tx.connection, at, tx.xid), 7, 100)
        return [[row.template for row in mail.rows] for mail in mails]

    async def settle(self, state: str = "sent") -> None:
        await self._admin.execute("UPDATE notifier.ledger SET state = $1 WHERE state = 'sending'", state)

    async def rows(self) -> list[Any]:
        return await self._admin.fetch("SELECT * FROM notifier.ledger ORDER BY ordinal")


@pytest.fixture
async def ledger(fresh_database: Callable[[str], str]) -> AsyncIterator[Ledger]:
    database = await open_database(fresh_database("notifier"), "notifier")
    admin = await asyncpg.connect(fresh_database("admin"))
    yield Ledger(database, admin)
    await admin.close()
    await database.close()


async def test_who_is_both_team_and_assignee_is_told_once(ledger: Ledger) -> None:
    ticket = new_id()
    shared = Team(
        id="line-1", email="desk@support.example", members=(Member(id="a7", email="Desk@Support.example"),)
    )
    given = TicketAssigned(line=1, team="line-1", by=AGENT, assignee="a7")
    facts = [fact(P3, ticket), fact(given, ticket), fact(comment("Hej", by=CLIENT), ticket, version=2)]
    await ledger.hear(*facts, under=policy(listed=[shared]))

    told = Counter((row["event_id"], row["person"]) for row in await ledger.rows())
    assert max(told.values()) == 1
    assert told[facts[2].id, "desk@support.example"] == 1


async def test_what_follows_within_the_window_is_told_in_one_mail(ledger: Ledger) -> None:
    ticket = new_id()
    words = [fact(comment(f"{n}"), ticket, version=n + 1, minute=n) for n in range(1, 4)]
    await ledger.hear(fact(P3, ticket))
    for word in words:
        await ledger.hear(word)

    assert sorted(await ledger.mails(NIGHT)) == [["ticket_new"], ["ticket_opened"]]
    await ledger.settle()
    assert await ledger.mails(NIGHT) == [["comment_added"]]
    await ledger.settle()
    assert await ledger.mails(NIGHT + timedelta(seconds=9)) == []
    assert await ledger.mails(NIGHT + timedelta(seconds=10)) == [["comment_added", "comment_added"]]
    held = [event.data for event in await ledger.store.read(ticket, "*")]
    assert [(type(event), event.reason) for event in held] == [(NotificationHeld, "burst")] * 2  # type: ignore[union-attr]


async def test_a_window_of_nothing_tells_everything_alone(ledger: Ledger) -> None:
    ticket = new_id()
    await ledger.hear(
        fact(P3, ticket), fact(comment("1"), ticket), fact(comment("2"), ticket, minute=1), under=policy()
    )

    assert {row["state"] for row in await ledger.rows()} == {"pending"}


async def test_folded_notices_stay_in_one_mail_when_it_is_tried_again(ledger: Ledger) -> None:
    ticket = new_id()
    await ledger.hear(fact(P3, ticket), *[fact(comment(f"{n}"), ticket, minute=n) for n in (1, 2, 3)])
    for _ in range(2):
        await ledger.mails(NIGHT)
        await ledger.settle()
    later = NIGHT + timedelta(minutes=1)
    first = await ledger.mails(later)
    await ledger.settle("unknown")
    await ledger.hear(fact(comment("4"), ticket, minute=4), at=later)

    assert first == [["comment_added", "comment_added"]]
    assert await ledger.mails(later) == first


@pytest.mark.parametrize("priority", ["P1", "P3"])
async def test_a_p1s_matters_breaches_and_alerts_are_never_held(ledger: Ledger, priority: str) -> None:
    ticket = new_id()
    alert = OnCallAlerted(
        alert_id="a",
        team="line-2",
        level=1,
        attempt=1,
        reason="priority",
        cause_id="P1",
        acknowledge_by=None,
        email="bo@support.example",
    )
    urgent = [fact(BREACHED, ticket), fact(ALERTED, ticket), fact(alert, ticket)]
    of_p1 = [fact(comment(f"{n}", by=CLIENT), ticket, minute=n) for n in range(3)]
    told = [*urgent, *of_p1] if priority == "P1" else urgent
    opening = opened(priority=priority)  # type: ignore[arg-type]
    await ledger.hear(fact(opening, ticket), *told, under=policy(quiet=QUIET, window=10))  # type: ignore[arg-type]

    held = {row["event_id"] for row in await ledger.rows() if row["state"] == "held"}
    assert not held & {each.id for each in told}


async def test_what_support_can_read_in_the_morning_waits_for_it_and_then_comes_in_one_mail(
    ledger: Ledger,
) -> None:
    ticket = new_id()
    night = policy(quiet=QUIET, window=10)  # type: ignore[arg-type]
    await ledger.hear(fact(P3, ticket), under=night)
    await ledger.hear(fact(ClosureRequested(by=CLIENT), ticket), under=night)

    assert await ledger.mails(NIGHT) == [["ticket_opened"]]
    assert await ledger.mails(MORNING - timedelta(seconds=1)) == []
    assert await ledger.mails(MORNING) == [["ticket_new", "closure_requested"]]
    held = [event.data for event in await ledger.store.read(ticket, "*")]
    assert {(event.reason, event.until) for event in held} == {("quiet_hours", MORNING)}  # type: ignore[union-attr]


async def test_a_breach_overtakes_what_is_held_for_the_night(ledger: Ledger) -> None:
    ticket = new_id()
    night = policy(quiet=QUIET)  # type: ignore[arg-type]
    await ledger.hear(fact(P3, ticket), fact(BREACHED, ticket), under=night)

    assert sorted(await ledger.mails(NIGHT)) == [["deadline_breached"], ["ticket_opened"]]


async def test_what_is_held_goes_at_once_when_its_ticket_becomes_a_p1(ledger: Ledger) -> None:
    ticket = new_id()
    night = policy(quiet=QUIET)  # type: ignore[arg-type]
    raised = TicketPrioritised(priority="P1", previous="P3", basis="correction", by=AGENT)
    await ledger.hear(fact(P3, ticket), under=night)
    await ledger.hear(fact(raised, ticket, version=2), under=night)

    assert ["ticket_new"] in await ledger.mails(NIGHT)


async def test_whatever_the_interleaving_of_sources_the_same_is_told_and_twice_heard_changes_nothing(
    ledger: Ledger,
) -> None:
    outcomes = []
    for order in permutations(("intake", "escalation", "sla")):
        ticket = new_id()
        solved = fact(TicketResolved(by=AGENT, solution="Klart"), ticket, version=3)
        word = fact(comment("Hej", by=CLIENT), ticket, version=2)
        sources = {
            "intake": [fact(opened(), ticket), word, solved],
            "escalation": [fact(ESCALATED, ticket), fact(ALERTED, ticket, version=2)],
            "sla": [fact(BREACHED, ticket)],
        }
        for source in order:
            for _ in range(2):
                await ledger.hear(*sources[source], under=policy())
        rows = [row for row in await ledger.rows() if row["ticket"] == ticket]
        assert all(row["address"] is not None for row in rows)
        outcomes.append(Counter((row["event_type"], row["recipient"], row["template"]) for row in rows))

    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert set(outcomes[0].values()) == {1}
