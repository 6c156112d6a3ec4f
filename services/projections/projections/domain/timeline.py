"""Everything that happened to a ticket, and which of it the customer sees."""

from typing import Any

from projections.domain.changes import TimelineEntry, Visibility
from shared.events import codec
from shared.events.envelope import Recorded
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated, TicketRouted
from shared.events.notification import NotificationFailed, NotificationSent
from shared.events.sla import SlaEvent
from shared.events.ticket import CommentAdded, TicketEvent

_SUPPORT_ONLY_FIELDS = frozenset({"team", "cause", "cause_id"})


def timeline_entry(event: Recorded) -> TimelineEntry:
    """The entry for `event`."""
    return TimelineEntry(
        ticket=event.subject,
        source=event.source,
        version=event.version,
        tenant=event.tenant,
        time=event.time,
        recorded_at=event.recorded_at,
        type=event.type,
        visibility=_visibility(event),
        data=codec.join(*codec.encode(event.data)).decode(),
    )


def _visibility(event: Recorded) -> Visibility:
    match event.data:
        case CommentAdded(visibility=visibility):
            return visibility
        case ServiceManagerAlerted():
            return "internal"
        case NotificationSent(recipient=recipient) | NotificationFailed(recipient=recipient):
            return "public" if recipient == "reporter" else "internal"
        case deadline if isinstance(deadline, SlaEvent):
            return "internal" if deadline.internal else "public"
        case TicketRouted() | TicketEscalated():
            return "public"
        case ticket if isinstance(ticket, TicketEvent):
            return "public"
        case _:
            # Nobody has said yet that customers may see it.
            return "internal"


def for_customer(source: str, data: dict[str, Any]) -> dict[str, Any]:
    """`data` of a public entry without support's own organisation: the line may be told, no more."""
    if source != "/escalation":
        return data
    return {name: value for name, value in data.items() if name not in _SUPPORT_ONLY_FIELDS}
