"""What may happen to a ticket: given its history, when a command comes, then these events follow."""

from datetime import datetime, timedelta

import pytest
from tests.ticket_facts import (
    ADA,
    AGENT,
    CLIENT,
    CLOSED,
    HUBS,
    NOW,
    RESOLVED,
    TIMECARE,
    after,
    comment,
    opening,
    when,
)

from intake.domain import commands
from intake.domain import opening as openings
from shared.errors import Conflict, Rejected
from shared.events.people import Actor
from shared.events.ticket import (
    CommentAdded,
    Priority,
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)


def test_a_customers_priority_counts_under_hubs() -> None:
    ticket = opening(HUBS)
    assert (ticket.priority, ticket.wished_priority, ticket.status) == ("P1", None, "new")


def test_a_customers_priority_is_a_wish_under_timecare() -> None:
    ticket = opening(TIMECARE)
    assert (ticket.priority, ticket.wished_priority) == (None, "P1")


def test_supports_own_priority_is_no_wish() -> None:
    assert opening(TIMECARE, by=AGENT).priority == "P1"


def test_a_ticket_reported_in_the_future_is_refused() -> None:
    late = NOW + timedelta(seconds=1)
    with pytest.raises(Rejected, match="reported-in-future"):
        openings.open_ticket(_reported(late), "n", NOW)
    assert openings.open_ticket(_reported(NOW), "n", NOW)


def test_a_ticket_reported_longer_ago_than_calendars_reach_is_refused() -> None:
    with pytest.raises(Rejected, match="reported-long-ago"):
        openings.open_ticket(_reported(NOW - timedelta(days=3651)), "n", NOW)
    assert openings.open_ticket(_reported(NOW - timedelta(days=3650)), "n", NOW)


def _reported(at: datetime) -> commands.OpenTicket:
    return commands.OpenTicket(
        customer="acme",
        contract=HUBS,
        subject="s",
        description="d",
        reporter=ADA,
        by=AGENT,
        reported_at=at,
    )


def test_confirming_the_same_priority_is_told_too() -> None:
    (event,) = when(commands.Prioritise("P1", "correction", "", AGENT), after())
    assert isinstance(event, TicketPrioritised)
    assert (event.previous, event.priority) == ("P1", "P1")


def test_a_category_is_named_by_support_and_remembered_with_the_one_before() -> None:
    (event,) = when(commands.Categorise("defect", AGENT), after())
    assert event == TicketCategorised(category="defect", previous=None, by=AGENT)
    named = after(event)
    assert (named.category, named.status) == ("defect", "open")
    assert when(commands.Categorise("question", AGENT), named) == [
        TicketCategorised(category="question", previous="defect", by=AGENT)
    ]


@pytest.mark.parametrize("by", [AGENT, CLIENT])
def test_only_supports_word_opens_a_new_ticket(by: Actor) -> None:
    word = CommentAdded(comment_id="c", visibility="public", by=by, body="b")
    assert after(word).status == ("open" if by is AGENT else "new")


@pytest.mark.parametrize("act", [WorkStarted(by=AGENT), RESOLVED, CLOSED])
def test_each_act_has_its_status(act: TicketEvent) -> None:
    expected = {WorkStarted: "open", TicketResolved: "resolved", TicketClosed: "closed"}
    assert after(act).status == expected[type(act)]


@pytest.mark.parametrize("priority", ["P1", "P2"])
def test_a_workaround_solves_what_is_urgent(priority: Priority) -> None:
    (event,) = when(commands.Resolve("s", "", True, AGENT), after(priority=priority))
    assert isinstance(event, TicketResolved)
    assert event.workaround


@pytest.mark.parametrize("priority", ["P3", "P4", None])
def test_a_workaround_solves_nothing_else(priority: Priority | None) -> None:
    with pytest.raises(Rejected, match="workaround-refused"):
        when(commands.Resolve("s", "", True, AGENT), after(priority=priority))


@pytest.mark.parametrize("ended", [RESOLVED, CLOSED])
@pytest.mark.parametrize(
    "command",
    [
        commands.Prioritise("P2", "correction", "", AGENT),
        commands.StartWork(AGENT),
        commands.Categorise("defect", AGENT),
        commands.Resolve("s", "", False, AGENT),
    ],
)
def test_an_ended_ticket_takes_no_further_work(command: commands.Command, ended: TicketEvent) -> None:
    with pytest.raises(Conflict):
        when(command, after(ended))


def test_a_resolved_ticket_still_takes_comments_and_does_not_reopen() -> None:
    events = when(comment(CLIENT), after(RESOLVED))
    assert after(RESOLVED, *events).status == "resolved"


def test_a_closed_ticket_takes_no_comment() -> None:
    with pytest.raises(Conflict, match="ticket-closed"):
        when(comment(), after(CLOSED))


def test_closing_says_whether_a_solution_had_been_given() -> None:
    assert when(commands.Close(AGENT), after())[0] == TicketClosed(by=AGENT, resolved=False)
    assert when(commands.Close(AGENT), after(RESOLVED))[0] == TicketClosed(by=AGENT, resolved=True)


def test_a_ticket_is_closed_once() -> None:
    with pytest.raises(Conflict, match="ticket-closed"):
        when(commands.Close(AGENT), after(CLOSED))


def test_a_promised_update_lies_ahead() -> None:
    with pytest.raises(Rejected, match="next-update-at-in-past"):
        when(comment(next_update_at=NOW), after())
