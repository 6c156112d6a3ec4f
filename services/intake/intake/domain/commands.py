"""What may be done to a ticket, as data: imperative names, no ids and no times of their own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.people import Actor, Contact
from shared.events.review import ReviewAction
from shared.events.ticket import Basis, Category, Channel, ContractTerms, Priority, TicketType, Visibility


@dataclass(frozen=True, slots=True)
class OpenTicket:
    customer: str
    contract: ContractTerms
    subject: str
    description: str
    reporter: Contact
    by: Actor
    type: TicketType = "incident"
    channel: Channel = "api"
    priority: Priority | None = None
    category: Category | None = None
    reported_at: datetime | None = None
    external_ref: str | None = None
    service_manager: Contact | None = None


@dataclass(frozen=True, slots=True)
class AddComment:
    comment_id: str
    body: str
    visibility: Visibility
    by: Actor
    next_update_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prioritise:
    priority: Priority
    basis: Basis
    reason: str
    by: Actor


@dataclass(frozen=True, slots=True)
class Categorise:
    category: Category
    by: Actor


@dataclass(frozen=True, slots=True)
class StartWork:
    by: Actor


@dataclass(frozen=True, slots=True)
class AskCustomer:
    comment_id: str
    body: str
    by: Actor


@dataclass(frozen=True, slots=True)
class AwaitSupplier:
    reference: str
    by: Actor


@dataclass(frozen=True, slots=True)
class AgreeDate:
    """`agreed_by` names who agreed; the reporter when it is None (R10)."""

    due_at: datetime
    agreed_by: str | None
    by: Actor


@dataclass(frozen=True, slots=True)
class ExpectResolution:
    expected_at: datetime
    by: Actor


@dataclass(frozen=True, slots=True)
class Resolve:
    solution: str
    cause: str
    workaround: bool
    by: Actor


@dataclass(frozen=True, slots=True)
class RequestClosure:
    by: Actor


@dataclass(frozen=True, slots=True)
class Close:
    """`service_manager` is the customer's own at this time, who owns the review that closing may bring."""

    by: Actor
    service_manager: Contact | None = None


@dataclass(frozen=True, slots=True)
class Reopen:
    reason: str
    by: Actor


@dataclass(frozen=True, slots=True)
class ChangeContract:
    """`service_manager` is who is alerted under `contract` at this time, None when nobody is."""

    contract: ContractTerms
    by: Actor
    service_manager: Contact | None = None


@dataclass(frozen=True, slots=True)
class AnswerSurvey:
    score: int
    comment: str
    by: Actor


@dataclass(frozen=True, slots=True)
class AssignReview:
    """What is None stays as it was."""

    owner: Contact | None
    due_at: datetime | None
    by: Actor


@dataclass(frozen=True, slots=True)
class CompleteReview:
    """With neither score nor comment, what the customer answered in the survey counts."""

    root_cause: str
    actions: tuple[ReviewAction, ...]
    contentment: int | None
    contentment_comment: str
    lessons: str
    by: Actor


@dataclass(frozen=True, slots=True)
class Merge:
    """Lets the ticket go on in another of the same customer, whose number never changes."""

    source: UUID
    target: UUID
    target_number: str
    by: Actor


@dataclass(frozen=True, slots=True)
class Split:
    """Makes part of the matter a ticket of its own, `into`, which gets `number`."""

    source: UUID
    into: UUID
    number: str
    subject: str
    description: str
    by: Actor


Command = (
    AddComment
    | Prioritise
    | Categorise
    | StartWork
    | AskCustomer
    | AwaitSupplier
    | AgreeDate
    | ExpectResolution
    | Resolve
    | RequestClosure
    | Close
    | Reopen
    | ChangeContract
    | AnswerSurvey
    | AssignReview
    | CompleteReview
    | Merge
    | Split
)
