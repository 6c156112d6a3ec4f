"""The worked examples of the support terms, to the letter (Stockholm time)."""

import re
from collections.abc import Callable
from datetime import date
from typing import cast

import pytest

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.clock import Base, Deadline, Pause, deadlines, received
from sla_engine.domain.days import Deviation
from sla_engine.domain.instants import Micros
from sla_engine.domain.policy import Policy, Priority

At = Callable[[str], Micros]
Local = Callable[[Micros], str]
Terms = dict[str, tuple[Policy, Calendar]]

# contract, priority | registered | received | deadlines (`soft` and `… warned` are marks of theirs)
EXAMPLES = """
hubs P1 | 2026-03-27 16:30 | same | response 2026-03-30 08:30; resolution 2026-03-28 00:30
hubs P1 | 2026-03-27 16:59:59 | same | response 2026-03-30 08:59:59; resolution 2026-03-28 00:59:59
hubs P1 | 2026-03-27 17:00 | 2026-03-30 08:00 | response 2026-03-30 09:00; resolution 2026-03-30 16:00
hubs P2 | 2026-04-02 15:00 | same | work_started 2026-04-02 17:00; response 2026-04-07 10:00
hubs P2 | 2026-04-02 15:00 | same | soft 2026-04-07 17:00; resolution 2026-04-08 17:00
hubs P2 | 2026-06-17 16:59 | same | work_started 2026-06-17 17:00; response 2026-06-18 11:59
hubs P2 | 2026-06-17 16:59 | same | soft 2026-06-18 17:00; resolution 2026-06-22 17:00
hubs P3 | 2026-05-16 11:00 | 2026-05-18 08:00 | response 2026-05-18 17:00; resolution 2026-05-22 17:00
hubs P3 | 2026-12-23 16:00 | same | response 2026-12-28 17:00; resolution 2027-01-05 17:00
timecare -- | 2026-03-10 10:00 | same | triage 2026-03-10 12:00
timecare -- | 2026-03-10 11:30 | same | triage 2026-03-10 14:30
timecare -- | 2026-03-10 12:00 | 2026-03-10 13:00 | triage 2026-03-10 15:00
timecare -- | 2026-03-10 16:00 | 2026-03-11 09:00 | triage 2026-03-11 11:00
timecare -- | 2026-05-13 11:30 | same | triage 2026-05-18 10:30
timecare -- | 2026-01-05 10:00 | 2026-01-07 09:00 | triage 2026-01-07 11:00
timecare -- | 2026-10-29 15:00 | same | triage 2026-10-30 10:00
timecare -- | 2026-10-30 11:00 | same | triage 2026-11-02 10:00
timecare -- | 2026-12-23 15:00 | same | triage 2026-12-28 10:00
hubs P3 | 2026-05-19 10:00 | same | response 2026-05-20 17:00; response warned 2026-05-20 13:00
hubs P3 | 2026-05-19 10:00 | same | resolution 2026-05-26 17:00; resolution warned 2026-05-25 13:00
"""
# priority | registered | asked | answered | deadlines
PAUSED = """
P1 | 2026-03-27 16:30 | 2026-03-27 18:30 | 2026-03-28 23:00 | resolution 2026-03-29 06:00
P1 | 2026-10-23 16:30 | 2026-10-23 18:30 | 2026-10-24 23:00 | resolution 2026-10-25 04:00
P2 | 2026-05-11 10:00 | 2026-05-11 16:00 | 2026-05-12 19:30 | resolution 2026-05-18 09:00
P2 | 2026-05-11 10:00 | 2026-05-11 16:00 | 2026-05-12 19:30 | soft 2026-05-15 09:00
P2 | 2026-05-11 10:00 | 2026-05-11 18:00 | 2026-05-11 22:00 | resolution 2026-05-13 17:00
"""


def _marks(found: list[Deadline], local: Local) -> dict[str, str]:
    marks: dict[str, str] = {}
    for deadline in found:
        marks[deadline.kind] = local(deadline.due)
        marks[f"{deadline.kind} warned"] = local(deadline.warn)
        if deadline.soft is not None:
            marks["soft"] = local(deadline.soft)
    return marks


def _rows(table: str) -> list[str]:
    return table.strip().splitlines()


def _expected(cell: str) -> dict[str, str]:
    return dict(re.fullmatch(r"(.+?) (\d{4}-.*)", mark).groups() for mark in cell.split("; "))  # type: ignore[union-attr,misc]


@pytest.mark.parametrize("row", _rows(EXAMPLES))
def test_deadlines_fall_due_as_the_terms_reckon(terms: Terms, at: At, local: Local, row: str) -> None:
    ticket, registered, counts_from, cell = row.split(" | ")
    contract, priority = ticket.split()
    policy, calendar = terms[contract]
    base = received(calendar, at(registered))
    found = deadlines(policy, calendar, base, None if priority == "--" else cast("Priority", priority))
    marks, expected = _marks(found, local), _expected(cell)
    assert base.received == at(registered if counts_from == "same" else counts_from)
    assert {kind: marks[kind] for kind in expected} == expected


@pytest.mark.parametrize("row", _rows(PAUSED))
def test_waiting_moves_the_resolution_by_what_was_left(terms: Terms, at: At, local: Local, row: str) -> None:
    priority, registered, asked, answered, cell = row.split(" | ")
    policy, calendar = terms["hubs"]
    base = received(calendar, at(registered))
    pauses = [Pause(at(asked), at(answered))]
    marks = _marks(deadlines(policy, calendar, base, cast("Priority", priority), pauses=pauses), local)
    assert {kind: marks[kind] for kind in _expected(cell)} == _expected(cell)


def test_a_corrected_priority_counts_from_received(terms: Terms, at: At, local: Local) -> None:
    policy, calendar = terms["hubs"]
    marks = _marks(deadlines(policy, calendar, received(calendar, at("2026-09-07 08:30")), "P1"), local)
    assert (marks["response"], marks["resolution"]) == ("2026-09-07 09:30", "2026-09-07 16:30")


def test_a_worsened_priority_counts_from_the_change(terms: Terms, at: At, local: Local) -> None:
    policy, calendar = terms["hubs"]
    change = at("2026-09-07 10:15")
    marks = _marks(deadlines(policy, calendar, Base(change, change), "P1"), local)
    assert (marks["response"], marks["resolution"]) == ("2026-09-07 11:15", "2026-09-07 18:15")


def test_a_deviation_moves_a_deadline_past_the_closed_day(terms: Terms, at: At, local: Local) -> None:
    policy, calendar = terms["timecare"]
    base = received(calendar, at("2026-11-16 14:10"))
    assert _marks(deadlines(policy, calendar, base, None), local)["triage"] == "2026-11-17 09:10"
    announced = calendar.with_deviations([Deviation(date(2026, 11, 17), (), "personaldag")])
    assert _marks(deadlines(policy, announced, base, None), local)["triage"] == "2026-11-18 09:10"
