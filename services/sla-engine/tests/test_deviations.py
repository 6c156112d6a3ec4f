"""Deviating opening hours, announced beforehand (R4)."""

from collections.abc import AsyncIterator, Callable

import pytest
from tests.desk import Desk, opened_desk
from tests.engine_rig import AGENT, CLIENT, instant, stockholm

from shared.events.policy import DeviationAnnounced
from shared.events.sla import DeadlineMoved, DeadlineStarted
from shared.events.ticket import (
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    TicketPrioritised,
    TicketResolved,
)
from sla_engine.announcements import stream_of

pytestmark = pytest.mark.integration

NOW = stockholm("2026-11-16 15:00")
CLOSED = {"date": "2026-11-17", "intervals": [], "reason": "Utbildningsdag"}
SHORTER = {**CLOSED, "intervals": [{"from": "09:00", "to": "11:00"}, {"from": "13:00", "to": "14:30"}]}


@pytest.fixture
async def monday(fresh_database: Callable[[str], str]) -> AsyncIterator[Desk]:
    """It is Monday afternoon."""
    async with opened_desk(fresh_database("sla_engine"), NOW) as found:
        yield found


async def test_a_running_deadline_moves_past_the_day_that_is_announced_closed(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    assert (await monday.deadlines(ticket))["triage"]["due_at"] == instant("2026-11-17 09:10")
    assert (await monday.announce("timecare", CLOSED)).status_code == 201
    await monday.sweep()
    triage = (await monday.deadlines(ticket))["triage"]
    assert (triage["state"], triage["due_at"]) == ("running", instant("2026-11-18 09:10"))
    assert triage["calendar_version"] == "timecare-calendar-1+1"
    assert "deviation: Utbildningsdag" in {stretch["reason"] for stretch in triage["explanation"]}
    _, moved = await monday.store.read(ticket, "*")
    cause = await monday.announcements.newest("timecare")
    assert isinstance(moved.data, DeadlineMoved)
    assert moved.data.previous_due_at == stockholm("2026-11-17 09:10")
    assert (moved.causation_id, moved.time) == (cause.id, cause.time)


async def test_the_moved_deadline_is_woken_for_at_its_new_instant(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    await monday.announce("timecare", CLOSED)
    await monday.sweep()
    assert await monday.wake_of(ticket) == stockholm("2026-11-16 15:40")  # its warning lies on Monday still


async def test_what_is_computed_from_then_on_goes_by_it(monday: Desk) -> None:
    await monday.announce("timecare", CLOSED)
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    assert (await monday.deadlines(ticket))["triage"]["due_at"] == instant("2026-11-18 09:10")
    body = {"contract": "timecare", "registered_at": stockholm("2026-11-16 14:10").isoformat()}
    (triage,) = (await monday.preview(body)).json()["deadlines"]
    assert triage["due_at"] == instant("2026-11-18 09:10")


async def test_every_instance_goes_by_what_another_announced(
    monday: Desk, fresh_database: Callable[[str], str]
) -> None:
    async with opened_desk(monday.url, NOW) as other:
        await other.open(stockholm("2026-11-16 14:10"), "timecare", None)
        await monday.announce("timecare", CLOSED)
        ticket = await other.open(stockholm("2026-11-16 14:10"), "timecare", None)
        assert (await other.deadlines(ticket))["triage"]["due_at"] == instant("2026-11-18 09:10")


async def test_an_instance_that_starts_later_knows_it_and_finishes_the_sweep(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    await monday.announce("timecare", CLOSED)
    async with opened_desk(monday.url, NOW) as later:
        await later.sweep()
        assert (await later.deadlines(ticket))["triage"]["due_at"] == instant("2026-11-18 09:10")
        await later.sweep()
        await monday.sweep()
    assert len(await monday.store.read(ticket, "*")) == 2


async def test_a_received_instant_still_ahead_moves(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 16:30"), "timecare", None)
    await monday.announce("timecare", CLOSED)
    await monday.sweep()
    triage = (await monday.deadlines(ticket))["triage"]
    assert triage["received_at"] == instant("2026-11-18 09:00")
    assert triage["due_at"] == instant("2026-11-18 11:00")


async def test_what_has_ended_stays(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    triaged = TicketPrioritised(priority="P3", previous=None, basis="correction", by=AGENT)
    await monday.hear(ticket, (triaged, stockholm("2026-11-16 14:20")))
    await monday.announce("timecare", CLOSED)
    await monday.sweep()
    assert len(await monday.store.read(ticket, "*")) == 2


async def test_an_agreed_date_stays_where_it_was_agreed(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "hubs", "P2")
    date = ResolutionDateAgreed(due_at=stockholm("2026-11-19 12:00"), by=AGENT)
    await monday.hear(ticket, (date, stockholm("2026-11-16 14:20")))
    await monday.announce("hubs", CLOSED)
    await monday.sweep()
    found = await monday.deadlines(ticket)
    assert found["resolution"]["due_at"] == instant("2026-11-19 12:00")
    assert found["response"]["due_at"] == instant("2026-11-18 09:10")


async def test_a_clock_that_stands_still_moves_too_and_goes_on_by_the_new_hours(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 10:00"), "hubs", "P2")
    asked, answered = (
        CustomerQuestioned(comment_id="q", by=AGENT),
        CustomerAnswered(comment_id="a", by=CLIENT),
    )
    await monday.hear(ticket, (asked, stockholm("2026-11-16 14:20")))
    await monday.announce("hubs", CLOSED)
    await monday.sweep()
    resolution = (await monday.deadlines(ticket))["resolution"]
    assert (resolution["state"], resolution["due_at"]) == ("paused", instant("2026-11-19 17:00"))
    await monday.hear(ticket, (answered, stockholm("2026-11-16 15:20")))
    resolution = (await monday.deadlines(ticket))["resolution"]
    assert (resolution["state"], resolution["due_at"]) == ("running", instant("2026-11-20 09:00"))


async def test_other_policies_and_resolved_tickets_are_left_alone(monday: Desk) -> None:
    hubs = await monday.open(stockholm("2026-11-16 14:10"), "hubs", "P3")
    solved = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    await monday.hear(solved, (TicketResolved(by=AGENT), stockholm("2026-11-16 14:30")))
    await monday.announce("timecare", CLOSED)
    await monday.sweep()
    for ticket in (hubs, solved):
        told = {type(event.data) for event in await monday.store.read(ticket, "*")}
        assert DeadlineMoved not in told
        assert DeadlineStarted in told


async def test_more_tickets_than_one_transaction_takes_are_all_moved(
    monday: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sla_engine.sweeping.MOST", 2)
    tickets = [await monday.open(stockholm("2026-11-16 14:10"), "timecare", None) for _ in range(5)]
    await monday.announce("timecare", CLOSED)
    await monday.sweep()
    dues = [(await monday.deadlines(ticket))["triage"]["due_at"] for ticket in tickets]
    assert dues == [instant("2026-11-18 09:10")] * 5


async def test_a_later_announcement_for_the_same_date_replaces_the_first(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    await monday.announce("timecare", CLOSED)
    await monday.sweep()
    second = await monday.announce("timecare", SHORTER)
    await monday.sweep()
    assert second.json()["calendar_version"] == "timecare-calendar-1+2"
    assert (await monday.deadlines(ticket))["triage"]["due_at"] == instant("2026-11-17 09:10")


async def test_a_deadline_reckoned_before_is_explained_by_the_calendar_of_then(monday: Desk) -> None:
    ticket = await monday.open(stockholm("2026-11-16 10:00"), "timecare", None)
    await monday.announce("timecare", CLOSED)
    await monday.sweep()
    triage = (await monday.deadlines(ticket))["triage"]
    assert triage["calendar_version"] == "timecare-calendar-1"
    assert triage["explanation"][-1]["to"] == triage["due_at"]


@pytest.mark.parametrize(
    "date",
    ["2026-11-16", "2026-11-13", "2050-01-01", "1812585600", "2027-06-09T00:00:00-11:00", "2027-02-30"],
)
async def test_what_is_no_date_ahead_is_refused(monday: Desk, date: str) -> None:
    answer = await monday.announce("timecare", {**CLOSED, "date": date})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/date"
    assert await monday.policies.read(stream_of("timecare"), "*") == []


@pytest.mark.parametrize(
    "intervals",
    [
        [{"from": "12:00", "to": "09:00"}],
        [{"from": "09:00", "to": "12:00"}, {"from": "11:00", "to": "13:00"}],
        [{"from": "9", "to": "12:00"}],
        [{"from": "09:00"}],
        [{"from": "09:00", "to": "25:00"}],
    ],
)
async def test_hours_that_are_none_are_refused(monday: Desk, intervals: list[dict[str, str]]) -> None:
    assert (await monday.announce("timecare", {**CLOSED, "intervals": intervals})).status_code == 422


@pytest.mark.parametrize(("who", "status"), [("manager", 201), ("ops", 201), ("agent", 403), ("acme", 403)])
async def test_managers_and_operators_announce(monday: Desk, who: str, status: int) -> None:
    assert (await monday.announce("timecare", CLOSED, who)).status_code == status


async def test_a_contract_that_nobody_has_is_not_found(monday: Desk) -> None:
    assert (await monday.announce("nothing", CLOSED)).status_code == 404


async def test_the_announcement_is_an_event_on_the_policy_s_stream(monday: Desk) -> None:
    answer = await monday.announce("timecare", SHORTER)
    (event,) = await monday.policies.read(stream_of("timecare"), "*")
    assert isinstance(event.data, DeviationAnnounced)
    assert (event.source, event.version, event.tenant) == ("/sla-engine/policies", 1, "*")
    assert [(each.opens, each.closes) for each in event.data.intervals] == [
        ("09:00", "11:00"),
        ("13:00", "14:30"),
    ]
    assert event.data.calendar_version == answer.json()["calendar_version"] == "timecare-calendar-1+1"
    assert answer.headers["etag"] == '"1"'
    assert (await monday.get(f"/v1/tickets/{event.subject}/deadlines")).status_code == 404


async def test_the_same_key_announces_once(monday: Desk) -> None:
    one, again = [await monday.announce("timecare", CLOSED, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert one.json() == again.json()
    other = await monday.announce("timecare", SHORTER, **{"Idempotency-Key": "k"})
    assert other.status_code == 422
    assert len(await monday.policies.read(stream_of("timecare"), "*")) == 1


async def test_a_stale_version_announces_nothing(monday: Desk) -> None:
    await monday.announce("timecare", CLOSED)
    assert (await monday.announce("timecare", SHORTER, **{"If-Match": '"0"'})).status_code == 412
    assert (await monday.announce("timecare", SHORTER, **{"If-Match": '"1"'})).status_code == 201


async def test_the_calendar_shows_the_deviation_and_why(monday: Desk) -> None:
    await monday.announce("timecare", SHORTER)
    document = (await monday.get("/v1/calendars/timecare?year=2026", "region")).json()
    (day,) = [day for day in document["days"] if day["date"] == "2026-11-17"]
    assert document["calendar_version"] == "timecare-calendar-1+1"
    assert (day["kind"], day["reason"]) == ("deviation", "deviation: Utbildningsdag")
    assert [(each["from"], each["to"]) for each in day["intervals"]] == [
        ("09:00", "11:00"),
        ("13:00", "14:30"),
    ]
    await monday.announce("timecare", {**CLOSED, "date": "2026-12-22"})
    document = (await monday.get("/v1/calendars/timecare?year=2026", "region")).json()
    kinds = {day["date"]: day["kind"] for day in document["days"]}
    # It creates neither short days nor bridge days beside it.
    assert [kinds[f"2026-12-{day}"] for day in (21, 22, 23)] == ["ordinary", "deviation", "ordinary"]


async def test_an_announcement_waits_for_whoever_computes(monday: Desk) -> None:
    await monday.open(stockholm("2026-11-16 14:10"), "timecare", None)
    async with monday.database.transaction() as computing:
        await monday.calendars.hold(computing)
        async with monday.database.working() as other:
            free = await other.fetchval(
                "SELECT count(*) FROM (SELECT FROM calendars FOR UPDATE SKIP LOCKED) AS unlocked"
            )
            shared = await other.fetchval(
                "SELECT count(*) FROM (SELECT FROM calendars FOR SHARE SKIP LOCKED) AS shared"
            )
    assert (free, shared) == (0, len(monday.agreements.policies))
