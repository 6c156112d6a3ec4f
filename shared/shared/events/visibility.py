"""What a customer may see of each published event: the language's own statement, field by field.

It allows, and never forbids: a type that is not named here is internal, and so is a field that is not. What
is added to the language reaches customers once somebody has said so here.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from shared.events import codec, escalation, notification, sla, ticket
from shared.events.catalogue import BY_NAME
from shared.events.envelope import Event

Visibility = Literal["public", "internal"]

_DEADLINE: Final = ("deadline_id", "kind", "internal")
_NOTICE: Final = ("notification_id", "about", "template", "channel", "recipient")
_SHOWN: Final[Mapping[type[Event], tuple[str, ...]]] = {
    ticket.TicketOpened: (
        *("number", "customer", "contract", "type", "channel", "registered_at", "by", "priority"),
        *("wished_priority", "category", "reported_at", "external_ref", "subject", "description"),
        *("split_from", "reporter"),
    ),
    ticket.TicketPrioritised: ("priority", "previous", "basis", "by", "reason"),
    ticket.TicketCategorised: ("category", "previous", "by"),
    ticket.CommentAdded: ("comment_id", "visibility", "by", "automatic", "next_update_at", "body"),
    ticket.WorkStarted: ("by",),
    ticket.CustomerQuestioned: ("comment_id", "by", "body"),
    ticket.CustomerAnswered: ("comment_id", "by"),
    ticket.SupplierAwaited: ("reference", "by"),
    ticket.ResolutionDateAgreed: ("due_at", "by", "agreed_by"),
    ticket.ResolutionExpected: ("expected_at", "previous", "by"),
    ticket.TicketResolved: ("by", "workaround", "solution", "cause"),
    ticket.ClosureRequested: ("by",),
    ticket.TicketClosed: ("by", "resolved", "merged_into"),
    ticket.TicketReopened: ("previous", "by", "reason"),
    ticket.ContractChanged: ("contract", "previous", "by"),
    ticket.TicketMerged: ("source", "source_number", "target", "target_number", "by"),
    ticket.TicketSplit: ("into", "into_number", "by"),
    ticket.SurveyAnswered: ("score", "by", "comment"),
    sla.DeadlineStarted: (
        *_DEADLINE,
        *("due_at", "warn_at", "received_at", "commitment", "in_support_hours", "generation", "policy"),
        *("policy_version", "calendar_version", "tzdata_version", "soft_due_at", "agreed", "promised"),
    ),
    sla.DeadlinePaused: (*_DEADLINE, "paused_at", "due_at", "reason"),
    sla.DeadlineResumed: (*_DEADLINE, "resumed_at", "due_at", "warn_at", "soft_due_at"),
    sla.DeadlineMoved: (
        *_DEADLINE,
        *("previous_due_at", "due_at", "warn_at", "received_at", "calendar_version", "soft_due_at"),
    ),
    sla.DeadlineWarned: (*_DEADLINE, "reason", "warn_at", "due_at"),
    sla.DeadlineMet: (*_DEADLINE, "met_at", "due_at", "late"),
    sla.DeadlineBreached: (*_DEADLINE, "commitment", "due_at", "detected_at"),
    sla.DeadlineCancelled: (*_DEADLINE, "reason"),
    sla.DeadlineSuperseded: (*_DEADLINE, "superseded_by"),
    sla.BreachRetracted: (*_DEADLINE, "due_at", "met_at", "retracted_at"),
    # The line may be told, but no team, cause or person: that is how support is organised.
    escalation.TicketRouted: ("line",),
    escalation.TicketEscalated: ("from_line", "to_line"),
    escalation.TicketReturned: ("from_line", "to_line"),
    # Whose address it was is nobody's business among the customer's colleagues.
    notification.NotificationSent: (*_NOTICE, "attempts", "carried_by"),
    notification.NotificationFailed: (*_NOTICE, "attempts"),
    notification.NotificationHeld: (*_NOTICE, "until"),
}
_CONTRACT_SHOWN: Final = ("id", "policy", "timezone", "locale")


def may_be_public(event_type: type[Event]) -> bool:
    """Whether any event of this type is ever shown to a customer."""
    return event_type in _SHOWN


def visibility(event: Event) -> Visibility:
    """Whom `event` may be shown: to its customer too, or to nobody outside support."""
    if type(event) not in _SHOWN:
        return "internal"
    match event:
        case ticket.CommentAdded(visibility=said):
            return said
        case (
            notification.NotificationSent(recipient=recipient)
            | notification.NotificationFailed(recipient=recipient)
            | notification.NotificationHeld(recipient=recipient)
        ):
            return "public" if recipient == "reporter" else "internal"
        case deadline if isinstance(deadline, sla.SlaEvent):
            return "internal" if deadline.internal else "public"
        case _:
            return "public"


def for_customer(event: Event) -> dict[str, Any] | None:
    """The data of `event` as its customer may see it, plain JSON values; None when it is internal."""
    if visibility(event) == "internal":
        return None
    return _shown(type(event), msgspec.json.decode(codec.join(*codec.encode(event))))


def shown_of(event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The `data` of a public event (`TicketOpened.v1`) as its customer may see it; nothing of a type that is
    not shown."""
    entry = BY_NAME.get(event_type)
    return _shown(entry.event, data) if entry is not None and entry.event in _SHOWN else {}


def _shown(event: type[Event], data: Mapping[str, Any]) -> dict[str, Any]:
    """Of whoever acted outside the customer's own ranks only the side is told, and of a contract not how
    support runs it."""
    shown = {name: data[name] for name in _SHOWN[event] if name in data}
    if isinstance(contract := shown.get("contract"), dict):
        shown["contract"] = {name: contract[name] for name in _CONTRACT_SHOWN if name in contract}
    if isinstance(by := shown.get("by"), dict) and by.get("party") != "customer":
        shown["by"] = by | {"id": by["party"]}
    return shown
