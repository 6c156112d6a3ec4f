"""A record that claims a version which another event has: its ticket waits, everything else goes on."""

import asyncio

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from typer.testing import CliRunner

from shared.events.ids import new_id
from shared.messaging import dlq

pytestmark = pytest.mark.integration


def forged(record):
    headers = [(n, str(new_id()).encode() if n == "ce_id" else v) for n, v in record.headers]
    return record._replace(headers=headers)


def diverged() -> float:
    return REGISTRY.get_sample_value("consumer_history_diverged_total", {"source": "/intake"}) or 0.0


async def test_a_forged_record_is_told_loudly_and_an_operator_lets_its_ticket_go_on(
    world, ticket_on, fresh_database
):
    ticket, other = ticket_on(1), ticket_on(1)
    counted = diverged()
    consumer = await world.consumer()
    for version in range(3):
        await world.append((ticket, version))
    await world.append((other, 0))
    first, second, third = await world.stored(ticket)

    with capture_logs() as logs:
        await world.inject(1, [first, second, forged(second), third, *await world.stored(other)])
        await world.until_handled([(other, 1)])

    assert [version for subject, version in await world.handled() if subject == ticket] == [1, 2]
    assert diverged() == counted + 1
    (told,) = [entry for entry in logs if entry["event"] == "history-diverged"]
    assert (told["log_level"], told["subject"], told["source"]) == ("error", str(ticket), "/intake")
    url = ["--database-url", fresh_database("escalation")]

    def run(*words: str) -> str:
        found = CliRunner(env={"COLUMNS": "200"}).invoke(dlq.app, [*words, *url])
        assert found.exit_code == 0, found.output
        return found.output

    assert "diverged" in await asyncio.to_thread(run, "list", "escalation")
    assert "diverged" in await asyncio.to_thread(run, "show", "escalation", str(ticket))
    assert "nothing" in await asyncio.to_thread(run, "retry", "escalation", str(ticket))
    assert "nothing" in await asyncio.to_thread(run, "skip", "escalation", str(other))
    assert "laid away" in await asyncio.to_thread(run, "skip", "escalation", str(ticket))
    await world.until_handled([(ticket, 3)])
    assert await world.admin.fetchval("SELECT count(*) FROM escalation.parked") == 0
    assert consumer.held()


async def test_while_the_owners_feed_is_away_a_skipped_ticket_goes_on_with_what_the_log_brought(
    world, ticket_on
):
    ticket = ticket_on(3)
    await world.consumer()
    for version in range(2):
        await world.append((ticket, version))
    first, second = await world.stored(ticket)
    world.feeds.away = True
    await world.inject(3, [first, forged(first), second])

    async def parked() -> bool:
        return await world.admin.fetchval("SELECT count(*) FROM escalation.parked") == 2

    await world.until(parked)
    await world.admin.execute("UPDATE escalation.parked SET reason = 'skipped' WHERE reason = 'diverged'")

    await world.until_handled([(ticket, 1), (ticket, 2)])
    assert await world.handled() == [(ticket, 1), (ticket, 2)]


async def test_a_dispute_asks_the_feed_for_nothing_while_it_lasts(world, ticket_on, monkeypatch):
    """The owner's feed could not settle it: what is parked is no gap."""
    ticket, other = ticket_on(5), ticket_on(5)
    consumer = await world.consumer()
    await world.append((ticket, 0), (other, 0))
    [record] = await world.stored(ticket)
    await world.inject(5, [record, forged(record), *await world.stored(other)])
    await world.until_handled([(other, 1)])
    asked = []
    monkeypatch.setattr(consumer._repair._folding, "one", lambda *ticket: asked.append(ticket))
    await world.admin.execute("UPDATE escalation.parked SET parked_at = parked_at - interval '1 hour'")

    await consumer._repair.mend()

    assert asked == []
