"""The ticket's own fields, as intake tells them."""

from typing import Any, assert_never

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from projections.domain.changes import NEVER, NO_SCORE, NOTHING, TicketChange
from shared.events.envelope import Recorded
from shared.events.people import Contact
from shared.events.review import ReviewEvent
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
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)
from shared.events.visibility import visibility

_NO_SUPPLIER = {"supplier_reference": NOTHING, "supplier_awaited_at": NEVER}
_BEGUN_ANEW = {
    **_NO_SUPPLIER,
    "agreed_due_at": NEVER,
    "expected_at": NEVER,
    "closure_requested_at": NEVER,
    "merged_into": NOTHING,
    "survey_score": NO_SCORE,
}
"""What was said of the end that a reopening takes back (R15)."""


def ticket_change(before: TicketChange | None, event: Recorded, data: TicketEvent) -> TicketChange:
    """`before`, from earlier in the batch, with `event` on top."""
    change = before or TicketChange(
        id=event.subject, tenant=event.tenant, intake_version=event.version, updated_at=event.time
    )
    values = _values(change, event, data)
    if visibility(data) == "public":
        values["public_updated_at"] = max(change.public_updated_at or event.time, event.time)
    updated_at = max(change.updated_at, event.time)
    return replace(change, intake_version=event.version, updated_at=updated_at, **values)


def _values(change: TicketChange, event: Recorded, data: TicketEvent) -> dict[str, Any]:
    values: dict[str, Any] = {}
    match data:
        case TicketOpened():
            values = _opened(data)
        case TicketPrioritised():
            values = {"priority": data.priority, "acted": True}
        case TicketCategorised():
            values = {"category": data.category, "acted": True}
        case CommentAdded():
            if data.by.is_support_person and not data.automatic:
                values = {"acted": True}
        case CustomerQuestioned():
            # One more question within a wait leaves it as it began (R11).
            began = change.questioned_at if change.stage == "waiting" else event.time
            values = {"stage": "waiting", "acted": True, "questioned_at": began, **_NO_SUPPLIER}
        case CustomerAnswered():
            values = {"stage": "open", "acted": True, **_wait_ended(event)}
        case WorkStarted():
            values = {"stage": "open", "acted": True, **_wait_ended(event), **_NO_SUPPLIER}
        case SupplierAwaited():
            # A wait for the customer goes on beside it, and is what shows.
            awaited = {"supplier_reference": data.reference, "supplier_awaited_at": event.time}
            values = {"acted": True, **awaited}
        case ResolutionDateAgreed():
            values = {"agreed_due_at": data.due_at, "acted": True}
        case ResolutionExpected():
            values = {"expected_at": data.expected_at, "acted": True}
        case TicketResolved():
            values = {"stage": "resolved", **_wait_ended(event), **_NO_SUPPLIER}
        case ClosureRequested():
            values = {"closure_requested_at": event.time}
        case TicketClosed():
            into = NOTHING if data.merged_into is UNSET else data.merged_into
            values = {"stage": "closed", **_wait_ended(event), "merged_into": into, **_NO_SUPPLIER}
        case TicketReopened():
            values = {"stage": "open", "acted": True, **_wait_ended(event), **_BEGUN_ANEW}
        case ContractChanged():
            values = {"contract": data.contract.id, "timezone": data.contract.timezone, "acted": True}
        case SurveyAnswered():
            values = {"survey_score": data.score}
        case TicketMerged() | TicketSplit():
            # A source is ended by the TicketClosed beside it; for a target, as for an original, it is news.
            values = {"acted": True}
        case told if isinstance(told, ReviewEvent):
            pass  # of a review, which has a row of its own
        case _:
            assert_never(data)
    return values


def _wait_ended(event: Recorded) -> dict[str, Any]:
    return {"wait_ended": event.version, "questioned_at": NEVER}


def _opened(opened: TicketOpened) -> dict[str, Any]:
    return {
        "number": opened.number,
        "contract": opened.contract.id,
        "timezone": opened.contract.timezone,
        "type": opened.type,
        "channel": opened.channel,
        "subject": opened.subject,
        "description": opened.description,
        "priority": opened.priority,
        "wished_priority": opened.wished_priority,
        "category": opened.category,
        "stage": "open",
        "registered_at": opened.registered_at,
        "reported_at": opened.reported_at,
        "reporter": None if opened.reporter is None else _json(opened.reporter),
        "external_ref": opened.external_ref,
        "split_from": None if opened.split_from is UNSET else opened.split_from,
    }


def _json(contact: Contact) -> str:
    return msgspec.json.encode(msgspec.structs.asdict(contact)).decode()
