"""The ticket's life, as intake tells it (topic `ticket-events`).

Fields marked `Personal` are kept beside the event and can be erased; an erased field is simply missing,
which is why each of them has a default.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.events import priority
from shared.events.people import Actor, Contact
from shared.events.personal import Personal
from shared.events.review import ReviewEvent

Priority = priority.Priority
Category = Literal["application", "installation", "integration", "defect", "order", "question"]
TicketType = Literal["incident", "request", "order"]
Channel = Literal["api", "portal", "email", "chat", "phone"]
Visibility = Literal["public", "internal"]
Basis = Literal["correction", "worsened"]


class ContractTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's contract as it stood when the ticket was registered.

    `policy` names the SLA policy; `lines` is the last support line (hubs 2, timecare 3); a priority in
    `escalate_at_once` stands on line 2 from registration (R18); one in `alert_service_manager` alerts the
    service manager on escalation and breach (R17). `priority_is_wish`: a customer's priority only orders
    the queue (R9). `review_priorities` are those whose closed incidents get a post-incident review (R20;
    P1 and P2 when unset), due `review_within` after the closing (14 days when unset).
    """

    id: str
    policy: str
    timezone: str
    locale: Literal["sv", "en"]
    lines: int
    escalate_at_once: tuple[Priority, ...] = ()
    alert_service_manager: tuple[Priority, ...] = ()
    priority_is_wish: bool = False
    review_priorities: tuple[Priority, ...] | msgspec.UnsetType = msgspec.UNSET
    review_within: timedelta | msgspec.UnsetType = msgspec.UNSET


class TicketOpened(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket was registered: our server accepted it at `registered_at`."""

    number: str
    customer: str
    contract: ContractTerms
    type: TicketType
    channel: Channel
    registered_at: datetime
    by: Actor
    priority: Priority | None = None
    wished_priority: Priority | None = None
    category: Category | None = None
    reported_at: datetime | None = None
    external_ref: str | None = None
    subject: Personal[str] = ""
    description: Personal[str] = ""
    split_from: str | msgspec.UnsetType = msgspec.UNSET
    reporter: Personal[Contact | None] = None
    service_manager: Personal[Contact | None] = None


class TicketPrioritised(msgspec.Struct, frozen=True, kw_only=True):
    """Support set or confirmed the priority; confirming the same one counts as triage (R0)."""

    priority: Priority
    previous: Priority | None
    basis: Basis
    by: Actor
    reason: Personal[str] = ""


class TicketCategorised(msgspec.Struct, frozen=True, kw_only=True):
    """Support named what kind of matter it is; the category routes the ticket at triage (R18)."""

    category: Category
    previous: Category | None
    by: Actor


class CommentAdded(msgspec.Struct, frozen=True, kw_only=True):
    """A word on the ticket; `internal` ones never leave support. `automatic`: written by no person."""

    comment_id: str
    visibility: Visibility
    by: Actor
    automatic: bool = False
    next_update_at: datetime | None = None
    body: Personal[str] = ""


class WorkStarted(msgspec.Struct, frozen=True, kw_only=True):
    """Support began, or went on with, the work; a wait for the customer or a supplier is over (R11)."""

    by: Actor


class CustomerQuestioned(msgspec.Struct, frozen=True, kw_only=True):
    """Support asked the customer, a public word, and waits for the answer (R11)."""

    comment_id: str
    by: Actor
    body: Personal[str] = ""


class CustomerAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's comment `comment_id`, the event before this one, ended the wait for it (R11)."""

    comment_id: str
    by: Actor


class SupplierAwaited(msgspec.Struct, frozen=True, kw_only=True):
    """A supplier's answer is awaited, under the supplier's own `reference`; it pauses no clock (R11)."""

    reference: str
    by: Actor


class ResolutionDateAgreed(msgspec.Struct, frozen=True, kw_only=True):
    """The customer agreed that the solution comes by `due_at`, later than now (R10).

    `agreed_by` names who agreed.
    """

    due_at: datetime
    by: Actor
    agreed_by: Personal[str] = ""


class ResolutionExpected(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer is told of when the solution is expected; it moves no clock."""

    expected_at: datetime
    previous: datetime | None
    by: Actor


class TicketResolved(msgspec.Struct, frozen=True, kw_only=True):
    """Support gave a solution, or for P1 and P2 a workaround."""

    by: Actor
    workaround: bool = False
    solution: Personal[str] = ""
    cause: Personal[str] = ""


class ClosureRequested(msgspec.Struct, frozen=True, kw_only=True):
    """The customer is content and asks support to close the ticket."""

    by: Actor


class TicketClosed(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket ended. `resolved`: whether a solution had been given.

    `merged_into` is the ticket that it goes on in, when a `TicketMerged` is what closed it.
    """

    by: Actor
    resolved: bool
    merged_into: str | msgspec.UnsetType = msgspec.UNSET


class TicketReopened(msgspec.Struct, frozen=True, kw_only=True):
    """A resolved or closed ticket goes on, by the customer's or support's will (R15)."""

    previous: Literal["resolved", "closed"]
    by: Actor
    reason: Personal[str] = ""


class ContractChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Another of the customer's contracts governs the ticket, as from its registration (R12).

    `service_manager` is who is alerted under it from now on, None when nobody is; an event without the
    field leaves the one whom the ticket had.
    """

    contract: ContractTerms
    previous: str
    by: Actor
    service_manager: Personal[Contact | msgspec.UnsetType | None] = msgspec.UNSET


class TicketMerged(msgspec.Struct, frozen=True, kw_only=True):
    """`source` goes on in `target`, both ids of tickets. In both streams; the source is closed by it.

    `highest_priority`: of an incident, the highest that the source had held, corrections excepted; the
    review of the target follows it (R20).
    """

    source: str
    source_number: str
    target: str
    target_number: str
    by: Actor
    highest_priority: Priority | msgspec.UnsetType = msgspec.UNSET


class TicketSplit(msgspec.Struct, frozen=True, kw_only=True):
    """Part of the matter became the ticket `into`, opened in the same instant with `split_from`."""

    into: str
    into_number: str
    by: Actor


class SurveyAnswered(msgspec.Struct, frozen=True, kw_only=True):
    """How content the customer was with service and solution, 1 (not at all) to 5, once per closing."""

    score: int
    by: Actor
    comment: Personal[str] = ""


TicketEvent = (
    TicketOpened
    | TicketPrioritised
    | TicketCategorised
    | CommentAdded
    | WorkStarted
    | CustomerQuestioned
    | CustomerAnswered
    | SupplierAwaited
    | ResolutionDateAgreed
    | ResolutionExpected
    | TicketResolved
    | ClosureRequested
    | TicketClosed
    | TicketReopened
    | ContractChanged
    | TicketMerged
    | TicketSplit
    | SurveyAnswered
    | ReviewEvent
)
