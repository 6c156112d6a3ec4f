"""Which closings open a post-incident review, by the highest priority held, and what becomes of it (R20)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from tests.ticket_facts import ADA, AGENT, CLIENT, HUBS, NOW, TIMECARE, given, order, when

from intake.domain import commands, decisions
from intake.domain import opening as openings
from intake.domain.ticket import Ticket
from shared.errors import Conflict, Rejected
from shared.events.people import Contact
from shared.events.review import ReviewAction, ReviewAssigned, ReviewCompleted, ReviewOpened, ReviewWithdrawn
from shared.events.ticket import (
    Basis,
    Category,
    ContractTerms,
    Priority,
    SurveyAnswered,
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketType,
)

YLVA = Contact(name="Ylva Exempel", email="ylva.exempel@acme.example")
BO = Contact(name="Bo Exempel", email="bo@support.example")
CLOSE = commands.Close(AGENT, YLVA)
REOPEN = commands.Reopen("Felet är tillbaka.", CLIENT)
COMPLETE = commands.CompleteReview("Disken var full.", (), None, "", "", AGENT)
SURVEY = SurveyAnswered(score=4, comment="Snabbt.", by=CLIENT)
Changes = Sequence[tuple[Priority, Basis]]


def opened(
    priority: Priority | None = "P1", contract: ContractTerms = HUBS, **more: Any
) -> tuple[TicketEvent, ...]:
    (event,) = openings.open_ticket(order(contract, CLIENT, priority), "2026-000001", NOW)
    assert isinstance(event, TicketOpened)
    return (replace(event, **more),)


def changed(*changes: tuple[Priority, Basis], was: Priority | None) -> list[TicketEvent]:
    told: list[TicketEvent] = []
    for priority, basis in changes:
        told.append(TicketPrioritised(priority=priority, previous=was, basis=basis, by=AGENT))
        was = priority
    return told


def review_of(ticket: Ticket) -> ReviewOpened | None:
    """What closing it now brings beside the closing itself."""
    closed, *more = when(CLOSE, ticket)
    assert isinstance(closed, TicketClosed)
    assert all(isinstance(event, ReviewOpened) for event in more)
    return more[0] if more else None  # type: ignore[return-value]


def reviewed(*events: TicketEvent, priority: Priority = "P1") -> Ticket:
    """A ticket that was closed, with its review; then `events`."""
    history = opened(priority)
    return given(*history, *when(CLOSE, given(*history)), *events)


def test_a_closed_p1_opens_a_review_due_in_fourteen_days_for_the_service_manager() -> None:
    assert review_of(given(*opened("P1"))) == ReviewOpened(
        review=1, highest_priority="P1", due_at=NOW + timedelta(days=14), owner=YLVA, by=AGENT
    )


@pytest.mark.parametrize(
    ("first", "changes", "highest"),
    [
        ("P1", [], "P1"),
        ("P2", [], "P2"),
        ("P3", [], None),
        ("P4", [], None),
        (None, [], None),
        # A correction replaces the stretch that it corrects.
        ("P1", [("P3", "correction")], None),
        ("P3", [("P1", "correction")], "P1"),
        ("P1", [("P1", "correction")], "P1"),
        (None, [("P2", "correction")], "P2"),
        # A worsening, or a change for the better that says it is no correction, comes beside what was.
        ("P3", [("P1", "worsened")], "P1"),
        ("P1", [("P3", "worsened")], "P1"),
        ("P3", [("P1", "worsened"), ("P3", "worsened")], "P1"),
        # It never was a P1: what began with the worsening is what the correction corrects.
        ("P3", [("P1", "worsened"), ("P3", "correction")], None),
        ("P3", [("P1", "worsened"), ("P2", "correction")], "P2"),
        ("P2", [("P1", "worsened"), ("P4", "correction")], "P2"),
        # What was held before a worsening is corrected no more.
        ("P2", [("P1", "worsened"), ("P1", "correction")], "P1"),
        ("P1", [("P3", "correction"), ("P2", "worsened")], "P2"),
        ("P1", [("P3", "worsened"), ("P4", "correction")], "P1"),
        ("P3", [("P2", "worsened"), ("P1", "worsened"), ("P4", "correction"), ("P4", "correction")], "P2"),
    ],
)
def test_a_review_follows_the_highest_priority_held_corrections_excepted(
    first: Priority | None, changes: Changes, highest: Priority | None
) -> None:
    review = review_of(given(*opened(first), *changed(*changes, was=first)))
    assert (review and review.highest_priority) == highest


@pytest.mark.parametrize("kind", ["request", "order"])
def test_only_incidents_are_reviewed(kind: TicketType) -> None:
    assert review_of(given(*opened("P1", type=kind))) is None


@pytest.mark.parametrize("category", ["question", "order"])
def test_what_turned_out_to_be_a_question_or_an_order_is_not_reviewed(category: Category) -> None:
    named = TicketCategorised(category=category, previous=None, by=AGENT)
    assert review_of(given(*opened("P1"), named)) is None
    assert review_of(given(*opened("P1", category=category))) is None
    back = TicketCategorised(category="defect", previous=category, by=AGENT)
    assert review_of(given(*opened("P1"), named, back)) is not None


def test_a_wish_is_no_priority_held_and_supports_own_is() -> None:
    wished = opened("P1", TIMECARE)
    assert review_of(given(*wished)) is None
    assert review_of(given(*wished, *changed(("P3", "worsened"), was=None))) is None
    review = review_of(given(*wished, *changed(("P2", "correction"), was=None)))
    assert review is not None and review.highest_priority == "P2"
    every = replace(TIMECARE, review_priorities=("P1", "P2", "P3", "P4"))
    assert review_of(given(*opened("P1", every))) is None, "nor is it run as a P3"


def test_a_contract_says_which_priorities_are_reviewed_and_by_when() -> None:
    terms = replace(HUBS, review_priorities=("P1", "P3"), review_within=timedelta(seconds=20))
    assert review_of(given(*opened("P2", terms))) is None
    review = review_of(given(*opened(None, terms)))
    assert review is not None
    assert (review.highest_priority, review.due_at) == ("P3", NOW + timedelta(seconds=20))
    none = replace(HUBS, review_priorities=())
    assert review_of(given(*opened("P1", none))) is None


def test_a_service_manager_who_was_withdrawn_since_the_opening_owns_no_review() -> None:
    _, review = when(commands.Close(AGENT), given(*opened("P1", service_manager=ADA)))
    assert isinstance(review, ReviewOpened) and review.owner is None
    _, review = when(commands.Close(AGENT), given(*opened("P1")))
    assert isinstance(review, ReviewOpened) and review.owner is None


def test_a_merge_brings_no_review_and_hands_its_priority_on() -> None:
    source, target = given(*opened("P1")), given(*opened("P3"))
    merge = commands.Merge(source.id, target.id, "2026-000002", AGENT)
    merged, closed = when(merge, source)
    assert isinstance(merged, TicketMerged) and merged.highest_priority == "P1"
    assert isinstance(closed, TicketClosed)
    (told,) = decisions.receive_merged(merge, source, target, NOW)
    assert isinstance(told, TicketMerged)
    assert review_of(_received(told, *opened("P3"))) is not None
    # It was no less urgent for the target's being corrected, nor for what sort of ticket that is.
    corrected = changed(("P4", "correction"), was="P3")
    assert review_of(_received(told, *opened("P3"), after=corrected)) is not None
    assert review_of(_received(told, *opened("P3", type="request"))) is not None


def test_what_was_no_incident_hands_nothing_on() -> None:
    source = given(*opened("P1", type="request"))
    merge = commands.Merge(source.id, UUID(int=2), "2026-000002", AGENT)
    (told, _) = when(merge, source)
    assert isinstance(told, TicketMerged)
    assert review_of(_received(told, *opened("P3"))) is None


def test_reopening_withdraws_an_open_review_and_closing_again_opens_the_next() -> None:
    told = when(REOPEN, reviewed())
    assert [type(event) for event in told] == [TicketReopened, ReviewWithdrawn]
    again = reviewed(*told)
    assert again.review is not None and again.review.status == "withdrawn"
    review = review_of(again)
    assert review is not None and review.review == 2


def test_a_completed_review_stays_and_closing_again_opens_the_next() -> None:
    done = when(COMPLETE, reviewed())
    told = when(REOPEN, reviewed(*done))
    assert [type(event) for event in told] == [TicketReopened]
    review = review_of(reviewed(*done, *told))
    assert review is not None and review.review == 2


def test_a_review_is_assigned_and_its_due_moved_each_by_itself() -> None:
    due = NOW + timedelta(days=14)
    assert when(commands.AssignReview(BO, None, AGENT), reviewed()) == [
        ReviewAssigned(review=1, due_at=due, previous_due_at=due, owner_changed=True, owner=BO, by=AGENT)
    ]
    later = NOW + timedelta(days=20)
    moved = when(commands.AssignReview(None, later, AGENT), reviewed())
    assert moved == [
        ReviewAssigned(review=1, due_at=later, previous_due_at=due, owner_changed=False, owner=YLVA, by=AGENT)
    ]
    review = reviewed(*moved).review
    assert review is not None and (review.due_at, review.owner) == (later, YLVA)


def test_an_assignment_that_changes_nothing_or_lies_behind_is_refused() -> None:
    with pytest.raises(Rejected, match="review-unchanged"):
        when(commands.AssignReview(YLVA, None, AGENT), reviewed())
    with pytest.raises(Rejected, match="due-at-in-past"):
        when(commands.AssignReview(None, NOW, AGENT), reviewed())


def test_the_survey_tells_how_content_the_customer_was_unless_support_does() -> None:
    (told,) = when(COMPLETE, reviewed(SURVEY))
    assert isinstance(told, ReviewCompleted)
    assert (told.contentment, told.contentment_comment, told.contentment_source) == (4, "Snabbt.", "survey")
    spoken = commands.CompleteReview("x", (), 2, "Sagt i telefon.", "", AGENT)
    (told,) = when(spoken, reviewed(SURVEY))
    assert isinstance(told, ReviewCompleted)
    assert (told.contentment, told.contentment_comment, told.contentment_source) == (
        2,
        "Sagt i telefon.",
        "review",
    )
    (told,) = when(COMPLETE, reviewed())
    assert isinstance(told, ReviewCompleted)
    assert (told.contentment, told.contentment_comment, told.contentment_source) == (None, "", None)


def test_the_survey_of_a_closing_that_was_taken_back_tells_nothing() -> None:
    again = reviewed(SURVEY, *when(REOPEN, reviewed()))
    (told,) = when(COMPLETE, reviewed(SURVEY, *when(REOPEN, reviewed()), *when(CLOSE, again)))
    assert isinstance(told, ReviewCompleted)
    assert (told.review, told.contentment) == (2, None)


def test_a_completed_review_says_what_was_found_and_is_completed_once() -> None:
    action = ReviewAction(what="Rensa loggar", owner="Bo Exempel")
    command = commands.CompleteReview("Disken var full.", (action,), None, "", "Övervaka diskar.", AGENT)
    ticket = reviewed(*when(command, reviewed()))
    assert ticket.review is not None and ticket.review.status == "completed"
    assert (ticket.review.root_cause, ticket.review.actions, ticket.review.lessons) == (
        "Disken var full.",
        (action,),
        "Övervaka diskar.",
    )
    for late in (command, commands.AssignReview(BO, None, AGENT)):
        with pytest.raises(Conflict, match="review-completed"):
            when(late, ticket)


@pytest.mark.parametrize("command", [COMPLETE, commands.AssignReview(BO, None, AGENT)])
def test_a_closing_without_review_has_none_to_write(command: commands.Command) -> None:
    with pytest.raises(Conflict, match="no-review"):
        when(command, given(*opened("P3"), TicketClosed(by=AGENT, resolved=False)))
    merged = TicketClosed(by=AGENT, resolved=False, merged_into=str(UUID(int=2)))
    with pytest.raises(Conflict, match="ticket-merged"):
        when(command, given(*opened("P1"), merged))
    withdrawn = reviewed(*when(REOPEN, reviewed()), TicketClosed(by=AGENT, resolved=False))
    with pytest.raises(Conflict, match="no-review"):
        when(command, withdrawn)


def test_a_ticket_that_goes_on_is_not_reviewed_and_the_answer_says_when_it_is() -> None:
    with pytest.raises(Conflict, match="before it is closed"):
        when(COMPLETE, given(*opened("P1")))


def _received(told: TicketMerged, *history: TicketEvent, after: Sequence[TicketEvent] = ()) -> Ticket:
    """A ticket into which another was merged: the event names it, as the shell does."""
    stream = UUID(int=77)
    return given(*history, replace(told, target=str(stream)), *after, stream=stream)
