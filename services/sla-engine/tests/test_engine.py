"""The engine from Kafka to committed events: what it tells of a ticket, when, and only once."""

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from tests.engine_rig import AGENT, CLIENT, STOCKHOLM, TRACE, Rig, kinds, until

from shared.events.escalation import TicketAssigned, TicketEscalated, TicketRouted
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineWarned,
)
from shared.events.ticket import (
    CommentAdded,
    CustomerAnswered,
    CustomerQuestioned,
    TicketReopened,
    TicketResolved,
)
from shared.testing.waiting import eventually
from sla_engine.announcements import Announcement
from sla_engine.domain.days import Deviation
from sla_engine.domain.told import tell_all

pytestmark = pytest.mark.integration

SOLVED = TicketResolved(by=AGENT)
ASKED = CustomerQuestioned(comment_id="q", by=AGENT)
REPLY = CommentAdded(comment_id="a", visibility="public", by=CLIENT)
ANSWERED = CustomerAnswered(comment_id="a", by=CLIENT)
WORD = CommentAdded(comment_id="c", visibility="public", by=AGENT)


async def test_opening_a_ticket_starts_its_deadlines_in_the_ticket_s_conversation(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine():
        (ticket,) = await rig.open(policy="hubs", priority="P3")
        events = await rig.until_told(ticket, DeadlineStarted)
    cause = (await rig.store("/intake").read(ticket, "*"))[0]
    assert list(kinds(events, DeadlineStarted)) == ["response", "resolution", "line_limit"]
    assert [event.version for event in events] == [1, 2, 3]
    assert {event.causation_id for event in events} == {cause.id}
    assert {event.correlation_id for event in events} == {cause.correlation_id}
    assert {event.traceparent for event in events} == {TRACE}
    assert {event.time for event in events} == {cause.time}
    assert {event.tenant for event in events} == {"acme"}


async def test_a_deadline_that_passes_unmet_is_warned_of_and_breached_once(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine():
        (ticket,) = await rig.open(priority="P4")
        events = await rig.until_told(ticket, DeadlineBreached)
    started, warned, breached = events
    assert isinstance(started.data, DeadlineStarted)
    assert isinstance(warned.data, DeadlineWarned)
    assert isinstance(breached.data, DeadlineBreached)
    assert breached.time == breached.data.due_at == started.data.due_at
    assert breached.data.detected_at > breached.data.due_at
    assert {warned.causation_id, breached.causation_id} == {started.id}
    assert {event.correlation_id for event in events} == {started.correlation_id}
    assert await rig.admin.fetchval("SELECT count(*) FROM sla_engine.timers") == 0


async def test_what_fell_due_while_the_engine_was_down_is_told_once_it_is_back(rig: Rig) -> None:
    async with rig.relaying("/intake"):
        async with rig.engine():
            tickets = await rig.open(3, priority="P4")
            for ticket in tickets:
                (started,) = await rig.until_told(ticket, DeadlineStarted)
        assert isinstance(started.data, DeadlineStarted)
        await rig.until_past(started.data.due_at + timedelta(seconds=1))
        back = await rig.now()
        async with rig.engine():
            for ticket in tickets:
                events = await rig.until_told(ticket, DeadlineBreached)
                (breach,) = [e.data for e in events if isinstance(e.data, DeadlineBreached)]
                assert breach.detected_at > back > breach.due_at


async def test_the_backlog_comes_before_what_fell_due(rig: Rig) -> None:
    async with rig.relaying("/intake"):
        async with rig.engine():
            (ticket,) = await rig.open(priority="P4")
            (started,) = await rig.until_told(ticket, DeadlineStarted)
        assert isinstance(started.data, DeadlineStarted)
        await rig.say("/intake", [(ticket, SOLVED)])
        await rig.until_past(started.data.due_at + timedelta(seconds=1))
        async with rig.engine():
            events = await rig.until_told(ticket, DeadlineMet)
    assert [type(event.data) for event in events] == [DeadlineStarted, DeadlineMet]


async def test_two_engines_tell_everything_once(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine() as first, rig.engine() as second:
        await eventually(lambda: len(first.consumer.held()) == len(second.consumer.held()) == 6, within=30)
        tickets = await rig.open(60)
        for ticket in tickets:
            await rig.until_told(ticket, DeadlineBreached)

        async def all_over() -> bool:
            return not await rig.admin.fetchval("SELECT count(*) FROM sla_engine.timers")

        await until(all_over)
    rows = await rig.admin.fetch(
        "SELECT stream_id, data->>'kind' AS kind, count(*) FILTER (WHERE type = 'DeadlineBreached.v1') AS n"
        " FROM sla_engine.events GROUP BY 1, 2"
    )
    assert len(rows) == 60 * 4
    assert {row["n"] for row in rows} == {1}


async def test_an_engine_that_lost_its_partitions_cannot_fire_what_another_has_fired(rig: Rig) -> None:
    """Both hold every partition, as after a pause past the session's end."""
    async with rig.relaying("/intake"), rig.engine():
        rig.group = f"{rig.group}-elsewhere"
        tickets = await rig.open(20)
        for ticket in tickets:
            await rig.until_told(ticket, DeadlineStarted)
        async with rig.engine():
            for ticket in tickets:
                await rig.until_told(ticket, DeadlineBreached)

            async def all_over() -> bool:
                return not await rig.admin.fetchval("SELECT count(*) FROM sla_engine.timers")

            await until(all_over)
    told = [event for ticket in tickets for event in await rig.told(ticket)]
    breaches = Counter(e.data.deadline_id for e in told if isinstance(e.data, DeadlineBreached))
    assert len(breaches) == 80
    assert set(breaches.values()) == {1}


async def test_breaches_are_held_while_marks_are_stale_and_warnings_are_not(rig: Rig) -> None:
    async with rig.engine():
        async with rig.relaying("/intake"):
            (ticket,) = await rig.open(priority="P4", policy="demo")
            (started,) = await rig.until_told(ticket, DeadlineStarted)
            assert isinstance(started.data, DeadlineStarted)
        # Bring the due instant near: nothing but the row's own instants is changed.
        await _shorten(rig, seconds=36)
        await rig.until_told(ticket, DeadlineWarned)

        async def held() -> bool:
            return bool(await rig.admin.fetchval("SELECT held FROM sla_engine.timers"))

        await until(held)
        assert DeadlineBreached not in {type(event.data) for event in await rig.told(ticket)}
        at = await rig.say("/intake", [(ticket, SOLVED)], ago=timedelta(minutes=1))
        async with rig.relaying("/intake"):
            events = await rig.until_told(ticket, DeadlineMet)
    met = events[-1].data
    assert isinstance(met, DeadlineMet)
    assert (met.met_at, met.late) == (at, False)
    assert [type(event.data) for event in events] == [DeadlineStarted, DeadlineWarned, DeadlineMet]


async def test_a_held_breach_is_told_once_the_marks_are_fresh_again(rig: Rig) -> None:
    async with rig.engine():
        async with rig.relaying("/intake"):
            (ticket,) = await rig.open(priority="P4", policy="demo")
            await rig.until_told(ticket, DeadlineStarted)
        await _shorten(rig, seconds=36)

        async def held() -> bool:
            return bool(await rig.admin.fetchval("SELECT held FROM sla_engine.timers"))

        await until(held)
        async with rig.relaying("/intake"):
            await rig.until_told(ticket, DeadlineBreached)


async def test_a_breach_is_held_while_an_event_of_its_ticket_is_parked(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine():
        (ticket,) = await rig.open(priority="P4")
        await rig.admin.execute(
            "INSERT INTO sla_engine.parked VALUES ('/intake', $1, 2, 'failed', '', $1, '[]', '', now())",
            ticket,
        )

        async def held() -> bool:
            return bool(await rig.admin.fetchval("SELECT held FROM sla_engine.timers"))

        await until(held)
        assert DeadlineBreached not in {type(event.data) for event in await rig.told(ticket)}
        await rig.admin.execute("DELETE FROM sla_engine.parked")
        await rig.until_told(ticket, DeadlineBreached)


async def test_a_breach_that_late_evidence_disproves_is_retracted(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine():
        (ticket,) = await rig.open(priority="P4")
        await rig.until_told(ticket, DeadlineBreached)
        await rig.say("/intake", [(ticket, SOLVED)], ago=timedelta(seconds=30))
        events = await rig.until_told(ticket, BreachRetracted, DeadlineMet)
    ends = [type(event.data) for event in events[2:]]
    assert ends == [DeadlineBreached, BreachRetracted, DeadlineMet]


@pytest.mark.parametrize("first", ["/intake", "/escalation"])
async def test_sources_may_come_in_any_interleaving(rig: Rig, first: str) -> None:
    (ticket,) = await rig.open(policy="hubs", priority="P3")
    await rig.say("/escalation", [(ticket, TicketRouted(line=1, team="one"))])
    escalated = TicketEscalated(
        from_line=1, to_line=2, team="two", cause="line_limit_breached", cause_id="by hand"
    )
    left = await rig.say("/escalation", [(ticket, escalated)])
    said = await rig.say("/intake", [(ticket, WORD)])
    second = {"/intake": "/escalation", "/escalation": "/intake"}[first]
    async with rig.engine():
        async with rig.relaying(first):
            await rig.until_handled(first, 2)
        async with rig.relaying(second):
            await rig.until_handled(second, 2)
        events = await rig.told(ticket)
    story = {(type(e.data), e.data.kind, e.time, e.causation_id) for e in events if hasattr(e.data, "kind")}
    assert len(story) == len(events) == 5
    met = {e.data.kind: e.data.met_at for e in events if isinstance(e.data, DeadlineMet)}
    assert met == {"line_limit": left, "response": said}


@pytest.mark.parametrize("first", ["/intake", "/escalation"])
async def test_a_whole_life_comes_out_the_same_whichever_source_is_first(rig: Rig, first: str) -> None:
    (ticket,) = await rig.open(policy="hubs", priority="P2")
    await rig.say("/escalation", [(ticket, TicketRouted(line=1, team="one"))])
    for event in (ASKED, REPLY, ANSWERED, SOLVED, TicketReopened(previous="resolved", by=CLIENT), ASKED):
        await rig.say("/intake", [(ticket, event)])
    await rig.say("/escalation", [(ticket, TicketAssigned(line=2, team="two", by=AGENT))])
    counts = {"/intake": 7, "/escalation": 2}
    (second,) = counts.keys() - {first}
    async with rig.engine():
        async with rig.relaying(first):
            await rig.until_handled(first, counts[first])
        async with rig.relaying(second):
            await rig.until_handled(second, counts[second])
        told = tell_all((e.data, e.time) for e in await rig.told(ticket))  # type: ignore[misc]
    states = [(each.started.kind, each.started.generation, each.state) for each in told]
    # How a line limit ended depends on what was heard first; that it ended does not.
    assert ("line_limit", 1) in {state[:2] for state in states}
    assert sorted(state for state in states if state[0] != "line_limit") == [
        ("customer_update", 1, "met"),
        ("customer_update", 2, "cancelled"),
        ("customer_update", 3, "met"),
        ("resolution", 1, "met"),
        ("resolution", 2, "paused"),
        ("response", 1, "met"),
        ("work_started", 1, "met"),
    ]


async def test_a_life_that_is_delivered_twice_is_told_once(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine():
        (ticket,) = await rig.open(policy="hubs", priority="P2")
        for event in (ASKED, REPLY, ANSWERED, ASKED, SOLVED, TicketReopened(previous="resolved", by=CLIENT)):
            await rig.say("/intake", [(ticket, event)])
        await rig.until_handled("/intake", 7)
        before = await rig.told(ticket)
        await rig.admin.execute("UPDATE intake.relay_lease SET republish = true")
        await eventually(lambda: rig.relays["/intake"].republished >= 7, within=20)
        # What comes after them on the same partition has come: so have they.
        await rig.say("/intake", [(ticket, REPLY)])
        await rig.until_handled("/intake", 8)
        assert await rig.told(ticket) == before


async def test_no_breach_is_told_of_a_clock_that_stands_still(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine():
        (ticket,) = await rig.open(priority="P3")
        await rig.say("/intake", [(ticket, ASKED)])
        (paused, *_) = [
            e.data for e in await rig.until_told(ticket, DeadlinePaused) if isinstance(e.data, DeadlinePaused)
        ]
        await rig.until_past(paused.due_at + timedelta(seconds=2))
        assert DeadlineBreached not in {type(event.data) for event in await rig.told(ticket)}
        assert await rig.admin.fetchval("SELECT count(*) FROM sla_engine.timers") == 0
        await rig.say("/intake", [(ticket, ANSWERED)])
        events = await rig.until_told(ticket, DeadlineResumed, DeadlineBreached)
    resumed = {e.data.kind: e.data for e in events if isinstance(e.data, DeadlineResumed)}
    breached = {e.data.kind: e.data for e in events if isinstance(e.data, DeadlineBreached)}
    assert breached.keys() <= resumed.keys()
    assert all(breach.due_at == resumed[kind].due_at for kind, breach in breached.items())


async def test_every_engine_goes_by_an_announced_deviation(rig: Rig) -> None:
    now = await rig.now()
    ahead = (now + timedelta(days=1)).astimezone(STOCKHOLM).date()
    closed = [Deviation(ahead + timedelta(days=n), (), "flytt") for n in range(7)]
    async with rig.relaying("/intake"), rig.engine() as one, rig.engine():
        (ticket,) = await rig.open(policy="timecare", priority=None)
        (started,) = await rig.until_told(ticket, DeadlineStarted)
        assert isinstance(started.data, DeadlineStarted)
        for deviation in closed:
            await one.announcements.announce(Announcement("timecare", deviation, AGENT))
        one.sweeping.wake()
        if started.data.due_at.astimezone(STOCKHOLM).date() >= ahead:
            await rig.until_told(ticket, DeadlineMoved)
        (later,) = await rig.open(policy="timecare", priority=None)
        (after,) = await rig.until_told(later, DeadlineStarted)
    assert isinstance(after.data, DeadlineStarted)
    assert after.data.calendar_version.endswith("+7")
    assert started.data.calendar_version == "timecare-calendar-1"


async def test_a_burst_is_taken_in_batches_and_every_ticket_gets_its_deadlines(rig: Rig) -> None:
    tickets = await rig.open(500, policy="hubs", priority="P2")
    async with rig.relaying("/intake"), rig.engine():
        await rig.until_handled("/intake", 500)
    versions = await rig.admin.fetch(
        "SELECT count(*) AS n, max(version) AS last FROM sla_engine.events GROUP BY stream_id"
    )
    assert len(versions) == len(tickets)
    assert {(row["n"], row["last"]) for row in versions} == {(5, 5)}
    assert await rig.admin.fetchval("SELECT count(*) FROM sla_engine.timers") == 500


async def test_an_idle_engine_leaves_the_database_alone(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine() as engine:
        (ticket,) = await rig.open(policy="hubs", priority="P3")
        await rig.until_told(ticket, DeadlineStarted)
        looks = [engine.timers.asked]
        start = await rig.now()
        await rig.until_past(start + timedelta(seconds=3))
        looks.append(engine.timers.asked)
    assert all(after - before <= 2 for before, after in pairwise(looks))


async def test_whoever_sets_a_timer_elsewhere_wakes_the_engine_by_notify(rig: Rig) -> None:
    async with rig.relaying("/intake"), rig.engine():
        (ticket,) = await rig.open(priority="P4", policy="demo")
        await rig.until_told(ticket, DeadlineStarted)
        await _shorten(rig, seconds=36)
        await rig.until_told(ticket, DeadlineWarned, within=3)


async def _shorten(rig: Rig, seconds: int) -> None:
    """Let every running deadline fall due so much earlier, as another instance might by an announcement."""
    micros = seconds * 1_000_000
    await rig.admin.execute(
        "UPDATE sla_engine.states SET body = jsonb_set(jsonb_set(body::jsonb,"
        " '{state,deadlines,response,due}',"
        " to_jsonb((body->'state'->'deadlines'->'response'->>'due')::bigint - $1::bigint)),"
        " '{state,deadlines,response,warn}',"
        " to_jsonb((body->'state'->'deadlines'->'response'->>'warn')::bigint - $1::bigint))::json",
        micros,
    )
    await rig.admin.execute(
        "UPDATE sla_engine.timers SET wake_at = wake_at - make_interval(secs => $1)", float(seconds)
    )
    await rig.admin.execute("NOTIFY sla_engine_timers")
