"""Who is served and on which terms: customers, contracts, people (topic `directory-events`).

One stream per customer, contract and person; its id follows from the own id, so that each exists once. What
is a customer's has that customer as its tenant; contracts and support's own people have `*`.
"""

from datetime import datetime
from typing import Literal

import msgspec

from shared.events.people import Actor, Contact
from shared.events.personal import Personal
from shared.events.ticket import ContractTerms


class CustomerRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """There is a new customer; `customer` is its id, a slug that never changes."""

    customer: str
    name: str
    by: Actor


class CustomerRenamed(msgspec.Struct, frozen=True, kw_only=True):
    """The customer is called otherwise; its id stays."""

    customer: str
    name: str
    previous: str
    by: Actor


class ServiceManagerAppointed(msgspec.Struct, frozen=True, kw_only=True):
    """Who is alerted for the customer's tickets from now on; in the place of whoever was before.

    `contract`: for the service under that contract only, before whoever is there for the whole customer.
    """

    customer: str
    contract: str | None
    by: Actor
    contact: Personal[Contact | None] = None


class ServiceManagerWithdrawn(msgspec.Struct, frozen=True, kw_only=True):
    """The customer, or the service under that contract, has no service manager of its own any more."""

    customer: str
    contract: str | None
    by: Actor


class EntitlementGranted(msgspec.Struct, frozen=True, kw_only=True):
    """The customer may open tickets under the contract from `begins_at` until before `ends_at`.

    Granted again, the new time replaces the old one.
    """

    customer: str
    contract: str
    begins_at: datetime
    ends_at: datetime | None
    by: Actor


class EntitlementEnded(msgspec.Struct, frozen=True, kw_only=True):
    """No new ticket comes under the contract from `ends_at` on; those that are open keep it."""

    customer: str
    contract: str
    ends_at: datetime
    by: Actor


class ContractDrawnUp(msgspec.Struct, frozen=True, kw_only=True):
    """There is a new contract; `contract.policy` names the SLA policy that its tickets' clocks go by."""

    contract: ContractTerms
    by: Actor


class ContractAmended(msgspec.Struct, frozen=True, kw_only=True):
    """The contract has other terms, whole; open tickets keep those that they were opened under."""

    contract: ContractTerms
    by: Actor


class PersonRegistered(msgspec.Struct, frozen=True, kw_only=True):
    """A person of a customer, or of support (`customer` None), is known, or known again.

    `external_id` is stable and pseudonymous: what the customer's own directory calls the person.
    """

    external_id: str
    customer: str | None
    locale: Literal["sv", "en"]
    by: Actor
    name: Personal[str] = ""
    email: Personal[str | None] = None
    phone: Personal[str | None] = None


class PersonChanged(msgspec.Struct, frozen=True, kw_only=True):
    """How the person is called, reached and spoken to, whole."""

    external_id: str
    customer: str | None
    locale: Literal["sv", "en"]
    by: Actor
    name: Personal[str] = ""
    email: Personal[str | None] = None
    phone: Personal[str | None] = None


class PersonRemoved(msgspec.Struct, frozen=True, kw_only=True):
    """The person is known no more: what stood of them is erased, here and by every subscriber."""

    external_id: str
    customer: str | None
    by: Actor


CustomerEvent = (
    CustomerRegistered
    | CustomerRenamed
    | ServiceManagerAppointed
    | ServiceManagerWithdrawn
    | EntitlementGranted
    | EntitlementEnded
)
ContractEvent = ContractDrawnUp | ContractAmended
PersonEvent = PersonRegistered | PersonChanged | PersonRemoved
DirectoryEvent = CustomerEvent | ContractEvent | PersonEvent
