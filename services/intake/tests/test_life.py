"""The later life of a ticket: questions and waits, dates, reopening, other contracts, merges and splits."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.ticket_facts import ADA, AGENT, CLIENT, CLOSED, HUBS, NOW, RESOLVED, TIMECARE, after, comment, when

from intake.domain import commands, decisions
from intake.domain.opening import open_split
from intake.domain.ticket import Status, Ticket
from intake.domain.transitions import POSSIBLE
from shared.errors import Conflict, Rejected
from shared.events.review import ReviewOpened
from shared.events.ticket import (
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    ResolutionExpected,
    SupplierAwaited,
    SurveyAnswered,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketSplit,
    WorkStarted,
)

ASKED = CustomerQuestioned(comment_id="q", by=AGENT, body="När?")
ANSWERED = (
    CommentAdded(comment_id="c", visibility="public", by=CLIENT),
    CustomerAnswered(comment_id="c", by=CLIENT),
)
AWAITED = SupplierAwaited(reference="D-1", by=AGENT)
SOON = NOW + timedelta(hours=1)
REVIEW = ReviewOpened(review=1, highest_priority="P1", due_at=SOON, by=AGENT)
ONE, OTHER = UUID(int=1), UUID(int=2)
MERGE = commands.Merge(ONE, OTHER, "2026-000002", AGENT)
MERGED = TicketClosed(by=AGENT, resolved=False, merged_into=str(OTHER))

ALL: tuple[commands.Command, ...] = (
    comment(),
    commands.Prioritise("P2", "correction", "", AGENT),
    commands.Categorise("defect", AGENT),
    commands.StartWork(AGENT),
    commands.AskCustomer("q", "När?", AGENT),
    commands.AwaitSupplier("D-1", AGENT),
    commands.AgreeDate(SOON, None, AGENT),
    commands.ExpectResolution(SOON, AGENT),
    commands.Resolve("s", "", False, AGENT),
    commands.RequestClosure(CLIENT),
    commands.Close(AGENT),
    commands.Reopen("r", CLIENT),
    commands.ChangeContract(TIMECARE, AGENT),
    commands.AnswerSurvey(5, "", CLIENT),
    commands.AssignReview(ADA, None, AGENT),
    commands.CompleteReview("Disken var full.", (), None, "", "", AGENT),
    MERGE,
    commands.Split(ONE, OTHER, "2026-000002", "s", "d", AGENT),
)
IN_STATUS: dict[Status, Sequence[TicketEvent]] = {
    "new": (),
    "open": (WorkStarted(by=AGENT),),
    "waiting": (ASKED,),
    "resolved": (RESOLVED,),
    "closed": (CLOSED, REVIEW),
}


@pytest.mark.parametrize("status", IN_STATUS)
@pytest.mark.parametrize("command", ALL, ids=lambda command: type(command).__name__)
def test_a_command_is_possible_in_the_statuses_that_the_table_names_and_in_no_other(
    command: commands.Command, status: Status
) -> None:
    ticket = after(*IN_STATUS[status])
    assert ticket.status == status
    if status in POSSIBLE[type(command)].statuses:
        assert when(command, ticket)
    else:
        with pytest.raises(Conflict, match=f"ticket-{status}"):
            when(command, ticket)


def test_a_question_waits_for_the_customer_from_its_instant() -> None:
    ticket = after(ASKED)
    assert (ticket.status, ticket.waiting_for, ticket.waiting_since) == ("waiting", "customer", NOW)


def test_the_customers_next_comment_ends_the_wait_by_an_event_of_its_own() -> None:
    told = when(comment(by=CLIENT), after(ASKED))
    assert [type(event) for event in told] == [CommentAdded, CustomerAnswered]
    assert after(ASKED, *told).status == "open"
    assert after(ASKED, *told).waiting_for is None


@pytest.mark.parametrize(
    "event", [AWAITED, TicketPrioritised(priority="P3", previous="P1", basis="correction", by=AGENT)]
)
def test_what_does_not_answer_the_question_leaves_the_wait(event: TicketEvent) -> None:
    assert after(ASKED, event).status == "waiting"


def test_supports_own_word_does_not_end_the_wait() -> None:
    assert [type(event) for event in when(comment(by=AGENT), after(ASKED))] == [CommentAdded]


def test_supports_work_ends_the_wait() -> None:
    assert after(ASKED, WorkStarted(by=AGENT)).status == "open"


def test_a_comment_on_a_ticket_that_waits_for_nobody_answers_nothing() -> None:
    assert [type(event) for event in when(comment(by=CLIENT), after(WorkStarted(by=AGENT)))] == [CommentAdded]


def test_a_second_question_does_not_begin_the_wait_anew() -> None:
    assert after(ASKED, ASKED).waiting_since == NOW


def test_waiting_for_a_supplier_is_shown_and_is_no_waiting_status() -> None:
    ticket = after(AWAITED)
    assert (ticket.status, ticket.waiting_for, ticket.supplier_reference) == ("open", "supplier", "D-1")
    assert after(AWAITED, WorkStarted(by=AGENT)).waiting_for is None


def test_what_lies_before_a_supplier_shows_again_once_the_customer_has_answered() -> None:
    ticket = after(ASKED, AWAITED)
    assert (ticket.status, ticket.waiting_for) == ("waiting", "customer")
    answered = after(ASKED, AWAITED, *ANSWERED)
    assert (answered.status, answered.waiting_for, answered.supplier_reference) == ("open", "supplier", "D-1")


def test_an_agreed_date_names_the_reporter_unless_somebody_else_agreed() -> None:
    plain, named = (when(commands.AgreeDate(SOON, who, AGENT), after())[0] for who in (None, "Bo Exempel"))
    assert isinstance(plain, ResolutionDateAgreed) and plain.agreed_by == ADA.name
    assert isinstance(named, ResolutionDateAgreed) and named.agreed_by == "Bo Exempel"


@pytest.mark.parametrize("at", [NOW, NOW - timedelta(1), NOW + timedelta(days=3651)])
def test_a_date_must_lie_ahead_and_within_ten_years(at: object) -> None:
    for command in (
        commands.AgreeDate(at, None, AGENT),  # type: ignore[arg-type]
        commands.ExpectResolution(at, AGENT),  # type: ignore[arg-type]
        comment(next_update_at=at),
    ):
        with pytest.raises(Rejected, match=r"in-past|far-ahead"):
            when(command, after())


def test_an_expected_time_tells_what_was_expected_before() -> None:
    first = ResolutionExpected(expected_at=SOON, previous=None, by=AGENT)
    later = SOON + timedelta(hours=2)
    assert when(commands.ExpectResolution(later, AGENT), after(first)) == [
        ResolutionExpected(expected_at=later, previous=SOON, by=AGENT)
    ]


def test_closure_is_asked_for_once() -> None:
    asked = ClosureRequested(by=CLIENT)
    assert after(asked).closure_requested_at == NOW
    with pytest.raises(Conflict, match="closure-requested"):
        when(commands.RequestClosure(CLIENT), after(asked))


def test_reopening_says_what_it_was_and_forgets_what_was_promised() -> None:
    agreed = ResolutionDateAgreed(due_at=SOON, by=AGENT)
    ended = after(agreed, ClosureRequested(by=CLIENT), RESOLVED)
    (told,) = when(commands.Reopen("tillbaka", CLIENT), ended)
    assert isinstance(told, TicketReopened) and told.previous == "resolved"
    again = after(agreed, ClosureRequested(by=CLIENT), RESOLVED, told)
    assert (again.status, again.agreed_due_at, again.closure_requested_at) == ("open", None, None)


def test_a_comment_on_a_resolved_ticket_does_not_reopen_it() -> None:
    assert after(RESOLVED, *when(comment(by=CLIENT), after(RESOLVED))).status == "resolved"


def test_the_same_contract_again_changes_nothing_and_is_refused() -> None:
    with pytest.raises(Rejected, match="same-contract"):
        when(commands.ChangeContract(HUBS, AGENT), after())


def test_another_contract_is_told_whole() -> None:
    (told,) = when(commands.ChangeContract(TIMECARE, AGENT, ADA), after())
    assert told == ContractChanged(contract=TIMECARE, previous="hubs", by=AGENT, service_manager=ADA)
    assert (after(told).contract, after(told).service_manager) == (TIMECARE, ADA)


def test_a_contract_without_service_manager_leaves_none_and_an_older_event_leaves_the_one_there_was() -> None:
    (first,) = when(commands.ChangeContract(TIMECARE, AGENT, ADA), after())
    (none,) = when(commands.ChangeContract(HUBS, AGENT), after(first))
    assert after(first, none).service_manager is None
    older = ContractChanged(contract=HUBS, previous="timecare", by=AGENT)
    assert after(first, older).service_manager == ADA


def test_a_closing_is_surveyed_once_and_the_next_one_again() -> None:
    survey = commands.AnswerSurvey(4, "bra", CLIENT)
    (told,) = when(survey, after(CLOSED))
    assert isinstance(told, SurveyAnswered)
    with pytest.raises(Conflict, match="survey-answered"):
        when(survey, after(CLOSED, told))
    reopened = TicketReopened(previous="closed", by=CLIENT)
    assert when(survey, after(CLOSED, told, reopened, CLOSED))


def test_a_merge_closes_the_source_and_is_told_in_both() -> None:
    source, target = after(), after()
    merged, closed = when(MERGE, source)
    assert isinstance(merged, TicketMerged) and closed == MERGED
    assert decisions.receive_merged(MERGE, source, target, NOW) == [merged]
    assert after(merged, closed).merged_into == str(OTHER)


def test_a_ticket_is_merged_into_one_of_the_same_customer_that_has_not_ended() -> None:
    with pytest.raises(Rejected, match="different-customer"):
        decisions.receive_merged(MERGE, after(), _of_another(), NOW)
    with pytest.raises(Conflict, match="ticket-closed"):
        decisions.receive_merged(MERGE, after(), after(CLOSED), NOW)


@pytest.mark.parametrize("command", [commands.Reopen("r", CLIENT), commands.AnswerSurvey(5, "", CLIENT)])
def test_what_was_merged_away_goes_on_in_the_other_ticket(command: commands.Command) -> None:
    with pytest.raises(Conflict, match="ticket-merged"):
        when(command, after(MERGED))


def test_a_split_opens_a_ticket_with_the_same_terms_and_clocks_of_its_own() -> None:
    command = commands.Split(ONE, OTHER, "2026-000009", "Fax", "Faxen också.", AGENT)
    assert when(command, after()) == [TicketSplit(into=str(OTHER), into_number="2026-000009", by=AGENT)]
    moved = ContractChanged(contract=TIMECARE, previous="hubs", by=AGENT, service_manager=ADA)
    (told,) = open_split(command, after(moved), SOON)
    assert isinstance(told, TicketOpened) and (told.contract, told.service_manager) == (TIMECARE, ADA)
    (told,) = open_split(command, after(), SOON)
    assert isinstance(told, TicketOpened)
    assert (told.split_from, told.number, told.registered_at) == (str(ONE), "2026-000009", SOON)
    assert (told.customer, told.contract, told.priority, told.reporter) == ("acme", HUBS, "P1", ADA)


def _of_another() -> Ticket:
    return replace(after(), customer="region")
