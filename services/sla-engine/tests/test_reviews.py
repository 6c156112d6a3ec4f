"""A post-incident review is due at a point in time of its own, which nothing in a ticket's life touches."""

from datetime import datetime, timedelta
from importlib.resources import files

import pytest
from tests.story import AGENT, ASKED, CLOSED, REOPENED, SOLVED, WORK, At, Story, priority

from shared.events.review import ReviewAssigned, ReviewCompleted, ReviewOpened, ReviewWithdrawn
from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
)
from sla_engine.adapters.policies import InvalidPolicy, parse
from sla_engine.domain.announcing import moved
from sla_engine.domain.facts import Happening

COMPLETED = ReviewCompleted(review=1, by=AGENT, root_cause="Disken var full.")
WITHDRAWN = ReviewWithdrawn(review=1, reason="reopened", by=AGENT)


def review(due_at: datetime, number: int = 1) -> ReviewOpened:
    return ReviewOpened(review=number, highest_priority="P1", due_at=due_at, by=AGENT)


def closed(story: Story) -> Story:
    """A P1 closed on a Monday, its review due a Saturday night, twelve days on."""
    story.opened("2026-05-11 10:00", "P1").then("2026-05-11 11:00", SOLVED).then("2026-05-11 12:00", CLOSED)
    return story.then("2026-05-11 12:00", review(story.time("2026-05-23 12:00")))


def assigned(story: Story, due_at: str, previous: str = "2026-05-23 12:00") -> ReviewAssigned:
    return ReviewAssigned(
        review=1,
        due_at=story.time(due_at),
        previous_due_at=story.time(previous),
        owner_changed=False,
        by=AGENT,
    )


def test_a_review_starts_an_internal_aim_due_when_the_event_says(hubs: Story, at: At) -> None:
    (started,) = closed(hubs).said(DeadlineStarted, "review")
    assert isinstance(started, DeadlineStarted)
    assert (started.commitment, started.internal, started.generation) == ("aim", True, 1)
    assert (started.due_at, started.received_at) == (
        hubs.time("2026-05-23 12:00"),
        hubs.time("2026-05-11 12:00"),
    )
    assert started.warn_at == hubs.time("2026-05-20 12:00")


def test_it_is_warned_of_at_three_quarters_and_breached_once_due_nights_included(hubs: Story) -> None:
    closed(hubs)
    assert not hubs.until("2026-05-20 11:59:59").told
    assert hubs.until("2026-05-20 12:00").types("review") == [DeadlineWarned]
    assert not hubs.until("2026-05-23 12:00").told
    assert hubs.until("2026-05-23 12:00:01").types("review") == [DeadlineBreached]


def test_completing_meets_it_and_late_is_late(hubs: Story) -> None:
    (met,) = closed(hubs).then("2026-05-12 12:00", COMPLETED).said(DeadlineMet, "review")
    assert isinstance(met, DeadlineMet) and not met.late and met.internal
    late = closed(hubs).then("2026-05-24 12:00", COMPLETED)
    assert late.types("review") == [DeadlineWarned, DeadlineBreached, DeadlineMet]
    assert late.status("review") == "met_late"


def test_completed_in_time_and_heard_late_takes_the_breach_back(hubs: Story) -> None:
    closed(hubs).until("2026-05-23 12:01")
    hubs.then("2026-05-23 11:59", COMPLETED, handled="2026-05-23 12:02")
    assert hubs.types("review") == [BreachRetracted, DeadlineMet]
    assert hubs.status("review") == "met"


def test_another_due_instant_supersedes_it_and_another_owner_alone_does_not(hubs: Story, at: At) -> None:
    closed(hubs).then("2026-05-12 12:00", assigned(hubs, "2026-05-23 12:00"))
    assert not hubs.told
    hubs.then("2026-05-13 12:00", assigned(hubs, "2026-05-17 12:00"))
    assert hubs.types("review") == [DeadlineSuperseded, DeadlineStarted]
    assert (hubs.of("review").due, hubs.of("review").warn) == (at("2026-05-17 12:00"), at("2026-05-16 12:00"))


def test_after_a_breach_another_due_instant_is_a_new_deadline_and_the_breach_stands(hubs: Story) -> None:
    closed(hubs).until("2026-05-23 12:01")
    hubs.then("2026-05-24 12:00", assigned(hubs, "2026-05-30 12:00"))
    assert hubs.types("review") == [DeadlineStarted]
    assert hubs.of("review").generation == 2
    assert hubs.then("2026-05-25 12:00", COMPLETED).types("review") == [DeadlineMet]


def test_reopening_ends_it_by_its_withdrawal_and_the_next_closing_starts_another(hubs: Story) -> None:
    closed(hubs).then("2026-05-12 12:00", REOPENED)
    assert not hubs.types("review")
    assert hubs.then("2026-05-12 12:00", WITHDRAWN).types("review") == [DeadlineCancelled]
    hubs.then("2026-05-13 12:00", CLOSED)
    assert not hubs.types("review")
    hubs.then("2026-05-13 12:00", review(hubs.time("2026-05-27 12:00"), 2))
    assert hubs.types("review") == [DeadlineStarted]
    assert hubs.of("review").generation == 2


@pytest.mark.parametrize(
    "event", [SOLVED, CLOSED, WORK, ASKED, REOPENED, priority("P4", "P1"), priority("P2", "P1", "worsened")]
)
def test_nothing_else_in_the_tickets_life_touches_it(hubs: Story, event: Happening) -> None:
    before = closed(hubs).of("review")
    hubs.then("2026-05-12 12:00", event)
    if event is not REOPENED:
        hubs.then("2026-05-12 12:01", REOPENED).then("2026-05-12 12:02", event)
    assert not hubs.types("review")
    assert hubs.of("review") == before


def test_no_opening_hours_move_it(hubs: Story, at: At) -> None:
    closed(hubs)
    _, moves = moved(hubs.terms, hubs.state, at("2026-05-12 12:00"))
    assert not [move for move in moves if move.kind == "review"]
    assert hubs.of("review").is_point_in_time


def test_a_review_of_seconds_is_due_in_seconds(hubs: Story) -> None:
    closed(hubs)
    due = hubs.time("2026-05-12 12:00") + timedelta(seconds=20)
    hubs.then("2026-05-12 12:00", review(due, 2))
    (started,) = hubs.said(DeadlineStarted, "review")
    assert isinstance(started, DeadlineStarted)
    assert started.warn_at == hubs.time("2026-05-12 12:00:15")


@pytest.mark.parametrize("place", ["targets", "pauses", "suspends"])
def test_a_policy_has_no_say_in_reviews(place: str) -> None:
    text = (files("sla_engine") / "policies" / "demo.yaml").read_text()
    tried = {
        "targets": text.replace("  P4:\n", "  P4:\n    review: {within: 5 support hours, commitment: aim}\n"),
        "pauses": text.replace("pauses: [", "pauses: [review, "),
        "suspends": text.replace("suspends: [", "suspends: [review, "),
    }[place]
    assert tried != text
    with pytest.raises(InvalidPolicy, match="review"):
        parse(tried)
