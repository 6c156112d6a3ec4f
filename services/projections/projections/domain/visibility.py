"""Which of what happened the customer sees, and which fields of it."""

from collections.abc import Mapping
from typing import Any

from projections.domain.changes import Visibility
from shared.events.envelope import Event
from shared.events.escalation import TicketEscalated, TicketReturned, TicketRouted
from shared.events.notification import NotificationFailed, NotificationHeld, NotificationSent
from shared.events.review import ReviewEvent
from shared.events.sla import SlaEvent
from shared.events.ticket import CommentAdded, TicketEvent

_SUPPORTS_OWN: Mapping[str, frozenset[str]] = {
    "/intake": frozenset({"service_manager"}),
    "/escalation": frozenset({"team", "cause", "cause_id", "assignee", "by", "reason"}),
    # Whose address it was is nobody's business among the customer's colleagues.
    "/notifier": frozenset({"address", "reason"}),
}


_CONTRACT_SHOWN = ("id", "policy", "timezone", "locale")


def visibility(event: Event) -> Visibility:
    """Whom `event` may be shown. A type that nobody has spoken of here is internal."""
    match event:
        case CommentAdded(visibility=said):
            return said
        case (
            NotificationSent(recipient=recipient)
            | NotificationFailed(recipient=recipient)
            | NotificationHeld(recipient=recipient)
        ):
            return "public" if recipient == "reporter" else "internal"
        case deadline if isinstance(deadline, SlaEvent):
            return "internal" if deadline.internal else "public"
        case TicketRouted() | TicketEscalated() | TicketReturned():
            return "public"
        case review if isinstance(review, ReviewEvent):
            return "internal"
        case ticket if isinstance(ticket, TicketEvent):
            return "public"
        case _:
            # Who in support has it (TicketAssigned), and whom support woke, is its own affair.
            return "internal"


def for_customer(source: str, data: dict[str, Any]) -> dict[str, Any]:
    """`data` of a public entry without support's own organisation: the line may be told, but no team, cause
    or person. Of a person in support only that it was one is left, of a contract not how support runs it."""
    hidden = _SUPPORTS_OWN.get(source, frozenset())
    shown = {name: _unnamed(value) for name, value in data.items() if name not in hidden}
    if isinstance(contract := shown.get("contract"), dict):
        shown["contract"] = {name: contract[name] for name in _CONTRACT_SHOWN if name in contract}
    return shown


def _unnamed(value: Any) -> Any:
    if isinstance(value, dict) and value.get("party") == "support":
        return {name: part for name, part in value.items() if name != "id"}
    return value
