"""What is told of a post-incident review: to its owner, and never to the customer (R20).

Without an owner it is the service manager's; without either, the team's that held the ticket.
"""

from collections.abc import Sequence
from typing import Any

from notifier.domain.notice import Notice
from shared.events.codec import instant
from shared.events.review import ReviewAssigned, ReviewEvent, ReviewOpened
from shared.events.sla import DeadlineBreached, DeadlineWarned


def notices_of_review(told: ReviewEvent) -> Sequence[Notice]:
    """Whoever comes to own it is told so; completing or withdrawing it is told to nobody."""
    match told:
        case ReviewOpened(due_at=due_at, highest_priority=highest):
            return [_owner("review_opened", {"due_at": instant(due_at), "highest_priority": highest})]
        case ReviewAssigned(owner_changed=True, due_at=due_at):
            return [_owner("review_assigned", {"due_at": instant(due_at)})]
        case _:
            return []


def notices_of_clock(told: DeadlineWarned | DeadlineBreached) -> Sequence[Notice]:
    """Of a review's own deadline; clocks never wait."""
    template = "review_overdue" if isinstance(told, DeadlineBreached) else "review_warned"
    return [_owner(template, {"due_at": instant(told.due_at)}, urgent=True)]


def _owner(template: str, facts: dict[str, Any], *, urgent: bool = False) -> Notice:
    return Notice(template, "review_owner", facts, urgent=urgent)
