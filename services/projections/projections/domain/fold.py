"""A batch of events as the changes that it makes: pure, and the same in any interleaving of the sources."""

from collections.abc import Iterable
from typing import assert_never

from projections.domain.changes import Changes, Touch
from projections.domain.deadlines import deadline_change
from projections.domain.reviews import review_change
from projections.domain.routing import routing_change
from projections.domain.tickets import ticket_change
from projections.domain.timeline import timeline_entry
from shared.events.directory import DirectoryEvent
from shared.events.envelope import Recorded
from shared.events.escalation import EscalationEvent
from shared.events.notification import NotificationEvent
from shared.events.policy import PolicyEvent
from shared.events.review import ReviewEvent
from shared.events.sla import SlaEvent
from shared.events.ticket import TicketEvent
from shared.events.visibility import visibility


def fold(events: Iterable[Recorded]) -> Changes:
    """The changes of `events`, which per source and ticket come in version order."""
    changes = Changes()
    for event in events:
        subject, data = event.subject, event.data
        if isinstance(data, PolicyEvent | DirectoryEvent):
            continue  # about no ticket: what it means for one, the ticket's own events say
        changes.timeline.append(timeline_entry(event))
        if isinstance(data, TicketEvent):
            changes.tickets[subject] = ticket_change(changes.tickets.get(subject), event, data)
            if isinstance(data, ReviewEvent):
                of = subject, data.review
                changes.reviews[of] = review_change(changes.reviews.get(of), event, data)
        elif isinstance(data, SlaEvent):
            key = subject, data.deadline_id
            changes.deadlines[key] = deadline_change(changes.deadlines.get(key), event, data)
            changes.touched[subject] = _touch(changes.touched.get(subject), event)
        elif isinstance(data, EscalationEvent):
            changes.routing[subject] = routing_change(changes.routing.get(subject), event, data)
        elif isinstance(data, NotificationEvent):
            changes.touched[subject] = _touch(changes.touched.get(subject), event)
        else:
            assert_never(data)
    return changes


def _touch(before: Touch | None, event: Recorded) -> Touch:
    shown = event.time if visibility(event.data) == "public" else None
    if before is not None:
        times = [time for time in (before.public_updated_at, shown) if time is not None]
        shown = max(times, default=None)
    newest = event.time if before is None else max(before.updated_at, event.time)
    return Touch(id=event.subject, tenant=event.tenant, updated_at=newest, public_updated_at=shown)
