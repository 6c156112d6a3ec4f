"""What intake answers about the directory."""

from datetime import timedelta
from typing import Any, assert_never
from uuid import UUID

import msgspec
from pydantic import BaseModel, Field

from intake.directory_requests import Locale
from intake.domain.contracts import Contract
from intake.domain.customers import Customer
from intake.domain.persons import Person
from intake.domain.reviewing import review_terms
from shared.events import codec
from shared.events.people import Contact
from shared.events.ticket import Priority
from shared.runtime.auth import Principal
from shared.runtime.instants import Instant


class EntitlementView(BaseModel):
    """Tickets may be opened under `contract` from `from` until before `until`."""

    contract: str
    begins_at: Instant = Field(alias="from")
    until: Instant | None


class ServiceManagerView(BaseModel):
    """`contract` is null for the whole customer's."""

    contract: str | None
    name: str
    email: str | None
    phone: str | None


class CustomerView(BaseModel):
    """A customer. Who is alerted for it is support's own, and left out for customers."""

    id: str
    name: str
    entitlements: list[EntitlementView]
    service_managers: list[ServiceManagerView] | None = None
    version: int


class ContractView(BaseModel):
    """A contract, with the terms that new tickets carry."""

    id: str
    policy: str
    timezone: str
    locale: Locale
    lines: int
    escalate_at_once: list[Priority]
    alert_service_manager: list[Priority]
    priority_is_wish: bool
    review_priorities: list[Priority]
    review_within: timedelta
    version: int


class PersonView(BaseModel):
    """A person of a customer; of support when `customer` is null. One who was removed has no name."""

    id: UUID
    external_id: str
    customer: str | None
    name: str
    email: str | None
    phone: str | None
    locale: Locale
    removed: bool
    version: int


def shown(who: Principal, found: Customer | Contract | Person) -> dict[str, Any]:
    """What `who` is shown of one of them."""
    match found:
        case Customer():
            return _customer(found, internal=who.customer is None)
        case Contract():
            return _contract(found)
        case Person():
            return _person(found)
        case _:
            assert_never(found)


def _customer(customer: Customer, *, internal: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": customer.id,
        "name": customer.name,
        "entitlements": [
            {
                "contract": contract,
                "from": codec.instant(entitlement.begins_at),
                "until": None if entitlement.ends_at is None else codec.instant(entitlement.ends_at),
            }
            for contract, entitlement in sorted(customer.entitlements.items())
        ],
        "version": customer.version,
    }
    if internal:
        told["service_managers"] = [
            {"contract": contract, **_contact(contact)}
            for contract, contact in customer.service_managers.items()
        ]
    return told


def _contract(contract: Contract) -> dict[str, Any]:
    terms = contract.terms
    reviewed, within = review_terms(terms)
    return {
        "id": terms.id,
        "policy": terms.policy,
        "timezone": terms.timezone,
        "locale": terms.locale,
        "lines": terms.lines,
        "escalate_at_once": list(terms.escalate_at_once),
        "alert_service_manager": list(terms.alert_service_manager),
        "priority_is_wish": terms.priority_is_wish,
        "review_priorities": list(reviewed),
        "review_within": msgspec.to_builtins(within),
        "version": contract.version,
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "id": str(person.id),
        "external_id": person.external_id,
        "customer": person.customer,
        **_contact(person.contact),
        "locale": person.locale,
        "removed": person.removed,
        "version": person.version,
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {"name": contact.name, "email": contact.email, "phone": contact.phone}
