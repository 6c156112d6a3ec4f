"""What each command means for a ticket: the events that follow, or a refusal that says what to change.

Pure: the instant and the ids are handed in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, assert_never

from msgspec import UNSET

from intake.domain import reviewing
from intake.domain.commands import (
    AddComment,
    AgreeDate,
    AnswerSurvey,
    AskCustomer,
    AssignReview,
    AwaitSupplier,
    Categorise,
    ChangeContract,
    Close,
    Command,
    CompleteReview,
    ExpectResolution,
    Merge,
    Prioritise,
    Reopen,
    RequestClosure,
    Resolve,
    Split,
    StartWork,
)
from intake.domain.ticket import Ticket
from intake.domain.transitions import require_possible
from shared.errors import Conflict, Rejected
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
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketMerged,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)

FURTHEST_AHEAD = timedelta(days=3650)
"""How far ahead a date may be promised: calendars of opening hours do not go on for ever."""


def decide(command: Command, ticket: Ticket, now: datetime) -> Sequence[TicketEvent]:
    """The events that follow. Raises Rejected (never possible) or Conflict (not in this status)."""
    require_possible(command, ticket)
    match command:
        case AddComment():
            return _add_comment(command, ticket, now)
        case Prioritise(priority, basis, reason, by):
            return [
                TicketPrioritised(
                    priority=priority, previous=ticket.priority, basis=basis, reason=reason, by=by
                )
            ]
        case Categorise(category, by):
            return [TicketCategorised(category=category, previous=ticket.category, by=by)]
        case StartWork(by):
            return [WorkStarted(by=by)]
        case AskCustomer(comment_id, body, by):
            return [CustomerQuestioned(comment_id=comment_id, body=body, by=by)]
        case AwaitSupplier(reference, by):
            return [SupplierAwaited(reference=reference, by=by)]
        case AgreeDate():
            return _agree_date(command, ticket, now)
        case ExpectResolution(expected_at, by):
            _require_ahead(expected_at, now, "expected_at")
            return [ResolutionExpected(expected_at=expected_at, previous=ticket.expected_at, by=by)]
        case Resolve():
            return _resolve(command, ticket)
        case RequestClosure(by):
            if ticket.closure_requested_at is not None:
                raise Conflict("closure-requested", "Closure has been asked for already; support will close.")
            return [ClosureRequested(by=by)]
        case Close(by):
            closed = TicketClosed(by=by, resolved=ticket.status == "resolved")
            return [closed, *reviewing.open_review(command, ticket, now)]
        case Reopen():
            return [*_reopen(command, ticket), *reviewing.withdraw_review(ticket, command.by)]
        case ChangeContract(contract, by, manager):
            if contract.id == ticket.contract.id:
                raise Rejected("same-contract", f"The ticket is under {contract.id} already.", "/contract")
            previous = ticket.contract.id
            return [ContractChanged(contract=contract, previous=previous, by=by, service_manager=manager)]
        case AnswerSurvey():
            return _answer_survey(command, ticket)
        case AssignReview(due_at=due_at):
            if due_at is not None:
                _require_ahead(due_at, now, "due_at")
            return reviewing.assign_review(command, ticket)
        case CompleteReview():
            return reviewing.complete_review(command, ticket)
        case Merge():
            return [_merged(command, ticket), _closed_by_merge(command)]
        case Split(_, into, number, _, _, by):
            return [TicketSplit(into=str(into), into_number=number, by=by)]
        case _:
            assert_never(command)


def receive_merged(command: Merge, source: Ticket, target: Ticket | None, _: datetime) -> list[TicketEvent]:
    """What the other ticket of a merge says of it. Raises Conflict when it has ended, or is another's."""
    if target is None or target.customer != source.customer:
        raise Rejected("different-customer", "Merge into a ticket of the same customer.", "/into")
    require_possible(command, target)
    return [_merged(command, source)]


def _merged(command: Merge, source: Ticket) -> TicketMerged:
    return TicketMerged(
        source=str(command.source),
        source_number=source.number,
        target=str(command.target),
        target_number=command.target_number,
        highest_priority=reviewing.highest_held(source) or UNSET,
        by=command.by,
    )


def _closed_by_merge(command: Merge) -> TicketClosed:
    return TicketClosed(by=command.by, resolved=False, merged_into=str(command.target))


def _add_comment(command: AddComment, ticket: Ticket, now: datetime) -> Sequence[TicketEvent]:
    """A customer's own word ends the wait for it; the mail gateway drops what is written by no person."""
    if command.next_update_at is not None:
        _require_ahead(command.next_update_at, now, "next_update_at")
    comment = CommentAdded(
        comment_id=command.comment_id,
        visibility=command.visibility,
        by=command.by,
        next_update_at=command.next_update_at,
        body=command.body,
    )
    if ticket.status == "waiting" and command.by.party == "customer":
        return [comment, CustomerAnswered(comment_id=command.comment_id, by=command.by)]
    return [comment]


def _agree_date(command: AgreeDate, ticket: Ticket, now: datetime) -> Sequence[TicketEvent]:
    _require_ahead(command.due_at, now, "due_at")
    reporter = ticket.reporter.name if ticket.reporter is not None else ""
    return [
        ResolutionDateAgreed(due_at=command.due_at, by=command.by, agreed_by=command.agreed_by or reporter)
    ]


def _resolve(command: Resolve, ticket: Ticket) -> Sequence[TicketEvent]:
    if command.workaround and ticket.priority not in ("P1", "P2"):
        detail = (
            "A workaround counts as a solution for P1 and P2 only; give a solution, or raise the priority."
        )
        raise Rejected("workaround-refused", detail, "/workaround")
    return [
        TicketResolved(
            by=command.by, workaround=command.workaround, solution=command.solution, cause=command.cause
        )
    ]


def _reopen(command: Reopen, ticket: Ticket) -> Sequence[TicketEvent]:
    if ticket.merged_into is not None:
        raise Conflict("ticket-merged", f"The ticket goes on in ticket {ticket.merged_into}; write there.")
    previous: Literal["closed", "resolved"] = "closed" if ticket.status == "closed" else "resolved"
    return [TicketReopened(previous=previous, reason=command.reason, by=command.by)]


def _answer_survey(command: AnswerSurvey, ticket: Ticket) -> Sequence[TicketEvent]:
    if ticket.merged_into is not None:
        raise Conflict("ticket-merged", f"The ticket goes on in ticket {ticket.merged_into}; no survey here.")
    if ticket.survey_score is not None:
        raise Conflict("survey-answered", "The survey of this closing has been answered already.")
    return [SurveyAnswered(score=command.score, comment=command.comment, by=command.by)]


def _require_ahead(moment: datetime, now: datetime, field: str) -> None:
    if moment <= now:
        raise Rejected(f"{field.replace('_', '-')}-in-past", f"{field} must lie after now.", f"/{field}")
    if moment > now + FURTHEST_AHEAD:
        raise Rejected(
            f"{field.replace('_', '-')}-far-ahead", f"{field} must lie within ten years.", f"/{field}"
        )
