"""The report is exactly what a fold of all that was told gives, and counts promises and aims apart."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.desk_views import Report
from projections.domain.fold import fold
from projections.domain.reopening import within_ten_working_days
from projections.reports import Asked, read_attainment
from projections.writing import write
from shared.events.codec import instant
from shared.events.envelope import Recorded
from shared.events.people import Actor
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineSuperseded,
)
from shared.events.ticket import TicketPrioritised, TicketReopened
from shared.eventstore.database import Database

pytestmark = pytest.mark.integration

Stories = Callable[..., Any]
AGENT = Actor(id="agent-1", party="support", role="agent")
DAY = datetime(2026, 3, 30, tzinfo=UTC)


def _as(who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {who}"}


class Clock:
    """One deadline, kept by hand: the plainest fold there is."""

    def __init__(self, started: Recorded, data: DeadlineStarted) -> None:
        self.tenant, self.kind, self.commitment, self.internal = (
            started.tenant,
            data.kind,
            data.commitment,
            data.internal,
        )
        self.due, self.end, self.retracted = data.due_at, "running", False


def _clocks(events: Iterable[Recorded]) -> list[Clock]:
    clocks: dict[tuple[Any, str], Clock] = {}
    for event in events:
        data: Any = event.data
        if isinstance(data, DeadlineStarted):
            clocks[event.subject, data.deadline_id] = Clock(event, data)
            continue
        clock = clocks.get((event.subject, getattr(data, "deadline_id", "")))
        match data:
            case DeadlineResumed() | DeadlineMoved() if clock:
                clock.due = data.due_at
                clock.end = "running" if isinstance(data, DeadlineResumed) else clock.end
            case DeadlinePaused() if clock:
                clock.end = "paused"
            case DeadlineMet() if clock:
                clock.end = "met_late" if data.late else "met"
            case DeadlineBreached() if clock:
                clock.end = "breached"
            case BreachRetracted() if clock:
                clock.end, clock.retracted = "running", True
            case DeadlineCancelled() | DeadlineSuperseded() if clock:
                clock.end = "ended"
    return list(clocks.values())


def _expected(clocks: list[Clock], begin: datetime, end: datetime, tenant: str) -> dict[Any, Counter[str]]:
    expected: dict[Any, Counter[str]] = {}
    for clock in clocks:
        seen = tenant == "*" or (clock.tenant == tenant and not clock.internal)
        if not seen or not begin <= clock.due < end:
            continue
        counted = clock.end in ("met", "breached", "met_late")
        if counted or clock.retracted:
            counts = expected.setdefault((clock.tenant, clock.kind, clock.commitment), Counter())
            counts["retracted"] += clock.retracted
            counts[clock.end] += counted
            counts["total"] += counted
    return expected


STEPS = ("met", "late", "breached", "retracted", "paused", "resumed", "moved", "cancelled", "superseded")


def _tell(story: Any, name: str, step: str, due: datetime, internal: bool) -> None:
    of: dict[str, Any] = {"deadline_id": name, "kind": "resolution", "internal": internal}
    moved = {"due_at": due + timedelta(days=1), "warn_at": None}
    data: Any = {
        "met": DeadlineMet(met_at=due, due_at=due, late=False, **of),
        "late": DeadlineMet(met_at=due, due_at=due, late=True, **of),
        "breached": DeadlineBreached(commitment="promise", due_at=due, detected_at=due, **of),
        "retracted": BreachRetracted(due_at=due, **of),
        "paused": DeadlinePaused(paused_at=due, due_at=due, reason="waiting_for_customer", **of),
        "resumed": DeadlineResumed(resumed_at=due, **moved, **of),
        "moved": DeadlineMoved(
            previous_due_at=due, received_at=due, calendar_version="2", **moved, **of
        ),
        "cancelled": DeadlineCancelled(reason="closed", **of),
        "superseded": DeadlineSuperseded(superseded_by="other", **of),
    }[step]  # fmt: skip
    story.told(data)


_HISTORY = st.tuples(
    st.sampled_from(["acme", "region"]),
    st.sampled_from(["resolution", "response", "triage"]),
    st.sampled_from(["promise", "aim"]),
    st.booleans(),
    st.integers(-2, 4),
    st.lists(st.sampled_from(STEPS), max_size=5),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(histories=st.lists(_HISTORY, min_size=1, max_size=12))
async def test_the_report_equals_a_fold_of_all_that_was_told(
    database: Database, story: Stories, histories: list[Any]
) -> None:
    events: list[Recorded] = []
    for number, (tenant, kind, commitment, internal, day, steps) in enumerate(histories):
        ada = story(tenant=tenant)
        ada.opened()
        due = DAY + timedelta(days=day)
        ada.deadline(f"d{number}", kind, due, internal=internal, commitment=commitment)
        for step in steps:
            _tell(ada, f"d{number}", step, due, internal)
        events += ada.events
    begin, end = DAY, DAY + timedelta(days=3)
    async with database.transaction() as tx:
        await tx.connection.execute("DELETE FROM deadlines")
        await write(tx.connection, fold(events))
    for tenant in ("*", "acme"):
        async with database.reading(tenant) as connection:
            items = await read_attainment(connection, Asked(tenant, begin, end, group_by="customer"))
        expected = _expected(_clocks(events), begin, end, tenant)
        assert {(i["group"], i["kind"], i["commitment"]): i["total"] for i in items} == {
            key: counts["total"] for key, counts in expected.items()
        }
        for item in items:
            counts = expected[item["group"], item["kind"], item["commitment"]]
            for name in ("met", "breached", "met_late", "retracted"):
                assert item[name] == counts[name], (item, name)
            total = counts["total"]
            assert item["attainment"] == (counts["met"] / total if total else None)


async def test_a_period_holds_its_beginning_and_not_its_end(
    client: httpx2.AsyncClient, story: Stories, take_in: Callable[..., Any]
) -> None:
    ada = story()
    ada.opened()
    ada.deadline("d1", "response", DAY)
    ada.told(DeadlineMet(deadline_id="d1", kind="response", met_at=DAY, due_at=DAY, late=False))
    await take_in(*ada.events)
    for begin, end, found in ((DAY, DAY + timedelta(1), 1), (DAY - timedelta(1), DAY, 0)):
        url = f"/v1/reports/sla?from={instant(begin)}&to={instant(end)}"
        answer = await client.get(url, headers=_as("acme"))
        assert Report.model_validate(answer.json())
        assert len(answer.json()["items"]) == found


async def test_each_grouping_names_its_groups(
    client: httpx2.AsyncClient, story: Stories, take_in: Callable[..., Any]
) -> None:
    ada = story()
    ada.opened()
    ada.told(TicketPrioritised(priority="P2", previous=None, basis="correction", by=AGENT))
    # In Stockholm it is April already.
    due = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    ada.deadline("d1", "response", due)
    ada.told(DeadlineMet(deadline_id="d1", kind="response", met_at=due, due_at=due, late=False))
    await take_in(*ada.events)
    for group_by, group in {
        "priority": "P2",
        "customer": "acme",
        "month": "2026-04",
        "contract": "hubs",
        "kind": "response",
        "line": "none",
    }.items():
        answer = await client.get(f"/v1/reports/sla?group_by={group_by}", headers=_as("agent"))
        assert [item["group"] for item in answer.json()["items"]] == [group]
    assert (await client.get("/v1/reports/sla?group_by=team", headers=_as("agent"))).status_code == 422


async def test_a_customer_s_report_is_its_own_and_without_what_is_internal(
    client: httpx2.AsyncClient, story: Stories, take_in: Callable[..., Any]
) -> None:
    for tenant in ("acme", "region"):
        ada = story(tenant=tenant)
        ada.opened()
        for name, internal in (("d1", False), ("d2", True)):
            kind: Any = "line_limit" if internal else "response"
            ada.deadline(name, kind, DAY, internal=internal)
            ada.told(
                DeadlineMet(
                    deadline_id=name, kind=kind, met_at=DAY, due_at=DAY, late=False, internal=internal
                )
            )
        await take_in(*ada.events)

    async def found(query: str, who: str) -> list[tuple[str, str]]:
        url = f"/v1/reports/sla?group_by=customer{query}"
        items = (await client.get(url, headers=_as(who))).json()["items"]
        return [(item["group"], item["kind"]) for item in items]

    assert await found("", "acme") == [("acme", "response")]
    assert await found("&customer=region", "acme") == []
    assert len(await found("", "agent")) == 4
    assert {group for group, _ in await found("&customer=region", "agent")} == {"region"}


async def test_a_solution_reopened_within_ten_working_days_is_told_beside_the_met(
    client: httpx2.AsyncClient, story: Stories, take_in: Callable[..., Any]
) -> None:
    met_at = datetime(2026, 3, 27, 14, tzinfo=UTC)
    for reopened_at in (met_at + timedelta(days=3), met_at + timedelta(days=60), None):
        ada = story()
        ada.opened()
        ada.deadline("d1", "resolution", met_at)
        ada.told(DeadlineMet(deadline_id="d1", kind="resolution", met_at=met_at, due_at=met_at, late=False))
        if reopened_at:
            ada.told(TicketReopened(previous="resolved", by=AGENT), time=reopened_at)
        await take_in(*ada.events)
    [item] = (await client.get("/v1/reports/sla", headers=_as("acme"))).json()["items"]
    assert (item["met"], item["met_reopened"], item["attainment"]) == (3, 1, 1.0)


@pytest.mark.parametrize(
    ("reopened", "within"),
    # Good Friday and Easter Monday do not count; the tenth working day is Tuesday 14 April.
    [("2026-04-14T21:59:00", True), ("2026-04-14T22:00:00", False), ("2026-03-27T13:59:00", False)],
)
def test_ten_working_days_are_counted_in_the_contract_s_zone(reopened: str, within: bool) -> None:
    met_at = datetime(2026, 3, 27, 14, tzinfo=UTC)
    reopened_at = datetime.fromisoformat(reopened).replace(tzinfo=UTC)
    assert within_ten_working_days(met_at, reopened_at, "Europe/Stockholm") is within


@pytest.mark.parametrize("end", ["2026-03-01T00:00:00Z", "2026-02-28T23:59:59Z"])
async def test_a_period_that_ends_before_it_begins_is_refused(client: httpx2.AsyncClient, end: str) -> None:
    answer = await client.get(
        f"/v1/reports/sla?from=2026-03-01T00:00:00Z&to={end}", headers={"Authorization": "Bearer agent"}
    )
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "empty-period")
    assert answer.json()["errors"][0]["pointer"] == "/to"
