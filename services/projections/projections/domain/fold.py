"""A batch of events as the changes that it makes: pure, and the same in any interleaving of the sources."""

from collections.abc import Iterable
from typing import assert_never

from projections.domain.changes import Changes
from projections.domain.deadlines import deadline_change
from projections.domain.routing import routing_change
from projections.domain.tickets import ticket_change
from projections.domain.timeline import timeline_entry
from shared.events.envelope import Recorded
from shared.events.escalation import EscalationEvent
from shared.events.notification import NotificationEvent
from shared.events.sla import SlaEvent
from shared.events.ticket import TicketEvent


def fold(events: Iterable[Recorded]) -> Changes:
    """The changes of `events`, which per source and ticket come in version order."""
    changes = Changes()
    for event in events:
        changes.timeline.append(timeline_entry(event))
        subject, data = event.subject, event.data
        if isinstance(data, TicketEvent):
            changes.tickets[subject] = ticket_change(changes.tickets.get(subject), event, data)
        elif isinstance(data, SlaEvent):
            key = subject, data.deadline_id
            changes.deadlines[key] = deadline_change(changes.deadlines.get(key), event, data)
        elif isinstance(data, EscalationEvent):
            changes.routing[subject] = routing_change(changes.routing.get(subject), event, data)
        elif not isinstance(data, NotificationEvent):
            assert_never(data)
    return changes
