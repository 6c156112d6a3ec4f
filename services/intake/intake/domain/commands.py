"""What may be done to a ticket, as data: imperative names, no ids and no times of their own."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.people import Actor, Contact
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
class Resolve:
    solution: str
    cause: str
    workaround: bool
    by: Actor


@dataclass(frozen=True, slots=True)
class Close:
    by: Actor


Command = AddComment | Prioritise | Categorise | StartWork | Resolve | Close
