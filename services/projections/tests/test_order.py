"""The timeline tells causes before effects, whatever the order in which they arrived."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from projections.domain.timeline import in_order

NOON = datetime(2026, 3, 27, 12, tzinfo=UTC)


class Happened(NamedTuple):
    source: str
    version: int
    time: datetime = NOON
    event_id: UUID | None = None
    causation_id: UUID | None = None


def _told(entries: Sequence[Happened]) -> list[tuple[str, int]]:
    return [(entry.source, entry.version) for entry in in_order(entries)]


def test_the_times_come_first() -> None:
    late = Happened("/intake", 2, NOON + timedelta(seconds=1))
    assert _told([late, Happened("/notifier", 1)]) == [("/notifier", 1), ("/intake", 2)]


@given(st.permutations(["/intake", "/sla-engine", "/escalation", "/notifier"]))
def test_in_one_instant_sources_come_in_the_order_in_which_they_hear_of_each_other(
    arrived: list[str],
) -> None:
    assert [source for source, _ in _told([Happened(source, 1) for source in arrived])] == [
        "/intake",
        "/sla-engine",
        "/escalation",
        "/notifier",
    ]


CHAIN = [
    Happened("/sla-engine", 1, event_id=UUID(int=1)),
    Happened("/escalation", 1, event_id=UUID(int=2), causation_id=UUID(int=1)),
    # The escalation met the line limit, in the same instant.
    Happened("/sla-engine", 2, event_id=UUID(int=3), causation_id=UUID(int=2)),
    Happened("/sla-engine", 3, event_id=UUID(int=4), causation_id=UUID(int=1)),
    Happened("/notifier", 1, event_id=UUID(int=5), causation_id=UUID(int=2)),
]


@given(st.permutations(CHAIN))
def test_an_effect_follows_its_cause_though_its_source_comes_first(arrived: list[Happened]) -> None:
    assert _told(arrived) == [
        ("/sla-engine", 1),
        ("/escalation", 1),
        ("/sla-engine", 2),
        ("/sla-engine", 3),
        ("/notifier", 1),
    ]


def test_events_that_name_each_other_as_causes_are_told_all_the_same() -> None:
    ring = [
        Happened("/intake", 1, event_id=UUID(int=1), causation_id=UUID(int=2)),
        Happened("/escalation", 1, event_id=UUID(int=2), causation_id=UUID(int=1)),
    ]
    assert len(_told(ring)) == 2
