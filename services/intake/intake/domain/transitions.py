"""In which status each command is possible. The table in `docs/tickets.md` is written from this one."""

from typing import NamedTuple

from intake.domain import commands
from intake.domain.ticket import Status, Ticket
from shared.errors import Conflict

ACTIVE: tuple[Status, ...] = ("new", "open", "waiting")
ENDED: tuple[Status, ...] = ("resolved", "closed")
NOT_CLOSED: tuple[Status, ...] = (*ACTIVE, "resolved")


class Possible(NamedTuple):
    """The statuses that a command needs, and what it would have done to the ticket."""

    statuses: tuple[Status, ...]
    done: str


POSSIBLE: dict[type[commands.Command], Possible] = {
    commands.AddComment: Possible(NOT_CLOSED, "commented"),
    commands.Prioritise: Possible(ACTIVE, "prioritised"),
    commands.Categorise: Possible(ACTIVE, "categorised"),
    commands.StartWork: Possible(ACTIVE, "worked on"),
    commands.AskCustomer: Possible(ACTIVE, "asked about"),
    commands.AwaitSupplier: Possible(ACTIVE, "laid before a supplier"),
    commands.AgreeDate: Possible(ACTIVE, "given an agreed date"),
    commands.ExpectResolution: Possible(ACTIVE, "given an expected time"),
    commands.Resolve: Possible(ACTIVE, "resolved"),
    commands.RequestClosure: Possible(NOT_CLOSED, "asked to be closed"),
    commands.Close: Possible(NOT_CLOSED, "closed"),
    commands.Reopen: Possible(ENDED, "reopened"),
    commands.ChangeContract: Possible(ACTIVE, "moved to another contract"),
    commands.AnswerSurvey: Possible(("closed",), "surveyed"),
    commands.AssignReview: Possible(("closed",), "given a review's owner"),
    commands.CompleteReview: Possible(("closed",), "reviewed"),
    commands.Merge: Possible(ACTIVE, "merged"),
    commands.Split: Possible(ACTIVE, "split"),
}


def require_possible(command: commands.Command, ticket: Ticket) -> None:
    """Raises Conflict, saying what to do instead, when the ticket's status does not allow the command."""
    statuses, done = POSSIBLE[type(command)]
    if ticket.status not in statuses:
        way_on = _way_on(ticket, statuses)
        raise Conflict(
            f"ticket-{ticket.status}", f"A ticket that is {ticket.status} cannot be {done}{way_on}"
        )


def _way_on(ticket: Ticket, statuses: tuple[Status, ...]) -> str:
    if ticket.merged_into is not None:
        return f": it goes on in ticket {ticket.merged_into}."
    if statuses == ("closed",):
        return " before it is closed."
    if ticket.status in ENDED:
        return "; reopen it first."
    return " before it is ended: it is in progress."
