"""What each command means for a ticket: the events that follow, or a refusal that says what to change.

Pure: the instant and the number are handed in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never

from intake.domain.commands import (
    AddComment,
    Categorise,
    Close,
    Command,
    OpenTicket,
    Prioritise,
    Resolve,
    StartWork,
)
from intake.domain.ticket import Ticket
from shared.errors import Conflict, Rejected
from shared.events.ticket import (
    CommentAdded,
    TicketCategorised,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPrioritised,
    TicketResolved,
    WorkStarted,
)

LONGEST_AGO = timedelta(days=3650)
"""How far back a caller's report may lie: calendars of opening hours do not go back for ever."""


def open_ticket(command: OpenTicket, number: str, now: datetime) -> Sequence[TicketEvent]:
    """A customer's priority counts at once, unless the contract makes it a wish (R9)."""
    if command.reported_at is not None and command.reported_at > now:
        raise Rejected("reported-in-future", "reported_at must not lie after now.", "/reported_at")
    if command.reported_at is not None and command.reported_at < now - LONGEST_AGO:
        raise Rejected("reported-long-ago", "reported_at must lie within the last ten years.", "/reported_at")
    is_wish = command.contract.priority_is_wish and not command.by.is_support_person
    return [
        TicketOpened(
            number=number,
            customer=command.customer,
            contract=command.contract,
            type=command.type,
            channel=command.channel,
            registered_at=now,
            by=command.by,
            priority=None if is_wish else command.priority,
            wished_priority=command.priority if is_wish else None,
            category=command.category,
            reported_at=command.reported_at,
            external_ref=command.external_ref,
            subject=command.subject,
            description=command.description,
            reporter=command.reporter,
            service_manager=command.service_manager,
        )
    ]


def decide(command: Command, ticket: Ticket, now: datetime) -> Sequence[TicketEvent]:
    """The events that follow. Raises Rejected (never possible) or Conflict (not in this status)."""
    match command:
        case AddComment():
            return _add_comment(command, ticket, now)
        case Prioritise():
            _refuse_ended(ticket, "prioritised")
            return [
                TicketPrioritised(
                    priority=command.priority,
                    previous=ticket.priority,
                    basis=command.basis,
                    reason=command.reason,
                    by=command.by,
                )
            ]
        case Categorise():
            _refuse_ended(ticket, "categorised")
            return [TicketCategorised(category=command.category, previous=ticket.category, by=command.by)]
        case StartWork():
            _refuse_ended(ticket, "worked on")
            return [WorkStarted(by=command.by)]
        case Resolve():
            return _resolve(command, ticket)
        case Close():
            if ticket.status == "closed":
                raise Conflict("already-closed", "The ticket is closed already.")
            return [TicketClosed(by=command.by, resolved=ticket.status == "resolved")]
        case _:
            assert_never(command)


def _add_comment(command: AddComment, ticket: Ticket, now: datetime) -> Sequence[TicketEvent]:
    if ticket.status == "closed":
        raise Conflict("ticket-closed", "A closed ticket takes no comments; reopen it first.")
    if command.next_update_at is not None and command.next_update_at <= now:
        raise Rejected("next-update-in-past", "next_update_at must lie after now.", "/next_update_at")
    return [
        CommentAdded(
            comment_id=command.comment_id,
            visibility=command.visibility,
            by=command.by,
            next_update_at=command.next_update_at,
            body=command.body,
        )
    ]


def _resolve(command: Resolve, ticket: Ticket) -> Sequence[TicketEvent]:
    _refuse_ended(ticket, "resolved")
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


def _refuse_ended(ticket: Ticket, what: str) -> None:
    if ticket.status in ("resolved", "closed"):
        raise Conflict(
            f"ticket-{ticket.status}", f"A {ticket.status} ticket cannot be {what}; reopen it first."
        )
