"""Which closings open a post-incident review, and what becomes of it (R20).

Pure, like all decisions: the instant is handed in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import UNSET

from intake.domain.commands import AssignReview, Close, CompleteReview
from intake.domain.review import Review
from intake.domain.ticket import Ticket
from shared.errors import Conflict, Rejected
from shared.events.people import Actor
from shared.events.review import ReviewAssigned, ReviewCompleted, ReviewOpened, ReviewWithdrawn
from shared.events.ticket import Category, ContractTerms, Priority

REVIEWED: tuple[Priority, ...] = ("P1", "P2")
WITHIN = timedelta(days=14)
"""Where the contract says nothing else."""
LONGEST = timedelta(days=3650)
"""That a contract may allow."""
NO_INCIDENTS: frozenset[Category] = frozenset({"question", "order"})


def highest_held(ticket: Ticket) -> Priority | None:
    """The highest priority that an incident has held, with that of incidents merged into it.

    None: there was no incident, or never a priority but what its customer wished.
    """
    if ticket.type != "incident" or ticket.category in NO_INCIDENTS:
        return ticket.held.merged
    return ticket.held.highest(ticket.priority, ticket.contract)


def review_terms(terms: ContractTerms) -> tuple[tuple[Priority, ...], timedelta]:
    """The priorities that a contract reviews, and how long after a closing its review is due."""
    reviewed = REVIEWED if terms.review_priorities is UNSET else terms.review_priorities
    return reviewed, WITHIN if terms.review_within is UNSET else terms.review_within


def open_review(command: Close, ticket: Ticket, now: datetime) -> Sequence[ReviewOpened]:
    """The review that closing the ticket brings, if its contract reviews what it was.

    Its owner is the service manager of today, or nobody: who was one when the ticket came may have left.
    """
    highest = highest_held(ticket)
    reviewed, within = review_terms(ticket.contract)
    if highest is None or highest not in reviewed:
        return []
    number = 1 if ticket.review is None else ticket.review.number + 1
    return [
        ReviewOpened(
            review=number,
            highest_priority=highest,
            due_at=now + within,
            owner=command.service_manager,
            by=command.by,
        )
    ]


def withdraw_review(ticket: Ticket, by: Actor) -> Sequence[ReviewWithdrawn]:
    """What is not over yet cannot be reviewed: a review still open ends with the reopening."""
    if ticket.review is None or ticket.review.status != "open":
        return []
    return [ReviewWithdrawn(review=ticket.review.number, reason="reopened", by=by)]


def assign_review(command: AssignReview, ticket: Ticket) -> Sequence[ReviewAssigned]:
    """What is left out stays as it was. Raises Rejected when nothing would change."""
    review = _open(ticket)
    owner, due_at = command.owner or review.owner, command.due_at or review.due_at
    if (owner, due_at) == (review.owner, review.due_at):
        raise Rejected("review-unchanged", "The review has that owner and due_at already; give another.")
    return [
        ReviewAssigned(
            review=review.number,
            due_at=due_at,
            previous_due_at=review.due_at,
            owner_changed=owner != review.owner,
            owner=owner,
            by=command.by,
        )
    ]


def complete_review(command: CompleteReview, ticket: Ticket) -> Sequence[ReviewCompleted]:
    """How content the customer was, the survey says when it was answered and nothing else is given."""
    review, score, comment = _open(ticket), command.contentment, command.contentment_comment
    from_survey = score is None and not comment and ticket.survey_score is not None
    if from_survey:
        score, comment = ticket.survey_score, ticket.survey_comment
    told = score is not None or bool(comment)
    return [
        ReviewCompleted(
            review=review.number,
            root_cause=command.root_cause,
            actions=command.actions,
            contentment=score,
            contentment_comment=comment,
            contentment_source=("survey" if from_survey else "review") if told else None,
            lessons=command.lessons,
            by=command.by,
        )
    ]


def _open(ticket: Ticket) -> Review:
    if ticket.merged_into is not None:
        raise Conflict("ticket-merged", f"The ticket goes on in ticket {ticket.merged_into}; no review here.")
    if ticket.review is None or ticket.review.status == "withdrawn":
        raise Conflict("no-review", "This closing brought no review: only urgent incidents get one.")
    if ticket.review.status == "completed":
        raise Conflict("review-completed", "The review of this closing has been completed already.")
    return ticket.review
