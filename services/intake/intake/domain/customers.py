"""A customer as its own stream tells it, and what may be done to it. Pure: the instant is handed in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, assert_never

from shared.errors import Conflict, NotFound, Rejected
from shared.events import codec
from shared.events.directory import (
    CustomerEvent,
    CustomerRegistered,
    CustomerRenamed,
    EntitlementEnded,
    EntitlementGranted,
    ServiceManagerAppointed,
    ServiceManagerWithdrawn,
)
from shared.events.envelope import Recorded
from shared.events.people import Actor, Contact


class Entitlement(NamedTuple):
    """When tickets may be opened under a contract: from `begins_at` until before `ends_at`."""

    begins_at: datetime
    ends_at: datetime | None

    def in_force(self, now: datetime) -> bool:
        """Whether a ticket registered `now` may go by it."""
        return self.begins_at <= now and not self.over(now)

    def over(self, now: datetime) -> bool:
        """Whether it has ended for good."""
        return self.ends_at is not None and self.ends_at <= now


@dataclass(frozen=True, slots=True)
class Customer:
    """`entitlements` by contract; `service_managers` by contract too, under None the whole customer's."""

    id: str
    name: str
    entitlements: Mapping[str, Entitlement] = field(default_factory=dict)
    service_managers: Mapping[str | None, Contact] = field(default_factory=dict)
    version: int = 0

    def in_force(self, now: datetime) -> list[str]:
        """The contracts that tickets may be opened under."""
        return [contract for contract, found in self.entitlements.items() if found.in_force(now)]

    def service_manager(self, contract: str) -> Contact | None:
        """Who is alerted for a ticket under the contract."""
        return self.service_managers.get(contract) or self.service_managers.get(None)


def fold(history: Sequence[Recorded]) -> Customer:
    """The customer after `history`, which begins with CustomerRegistered."""
    first, *rest = history
    if not isinstance(first.data, CustomerRegistered):
        raise TypeError(f"a customer's stream begins with CustomerRegistered, not with {first.type}")
    customer = Customer(first.data.customer, first.data.name)
    for event in rest:
        customer = evolve(customer, event.data)  # type: ignore[arg-type]
    return replace(customer, version=history[-1].version)


def evolve(customer: Customer, event: CustomerEvent) -> Customer:
    """The customer after one more event."""
    match event:
        case CustomerRegistered():
            raise ValueError("a customer is registered once")
        case CustomerRenamed():
            return replace(customer, name=event.name)
        case ServiceManagerAppointed(contact=Contact() as contact):
            return replace(customer, service_managers={**customer.service_managers, event.contract: contact})
        case ServiceManagerAppointed() | ServiceManagerWithdrawn():  # without a contact: erased
            left = {at: who for at, who in customer.service_managers.items() if at != event.contract}
            return replace(customer, service_managers=left)
        case EntitlementGranted():
            return _entitled(customer, event.contract, Entitlement(event.begins_at, event.ends_at))
        case EntitlementEnded():
            begins_at = customer.entitlements[event.contract].begins_at
            return _entitled(customer, event.contract, Entitlement(begins_at, event.ends_at))
        case _:
            assert_never(event)


def register(customer: Customer | None, customer_id: str, name: str, by: Actor) -> list[CustomerEvent]:
    """Raises Conflict when there is such a customer."""
    if customer is not None:
        raise Conflict("customer-exists", f"There is a customer {customer_id!r}; choose another id.")
    return [CustomerRegistered(customer=customer_id, name=name, by=by)]


def rename(customer: Customer, name: str, by: Actor) -> list[CustomerEvent]:
    """Nothing happens when it is called so already."""
    if name == customer.name:
        return []
    return [CustomerRenamed(customer=customer.id, name=name, previous=customer.name, by=by)]


def appoint(customer: Customer, contact: Contact, contract: str | None, by: Actor) -> list[CustomerEvent]:
    """Raises Rejected for a contract that the customer never had."""
    if contract is not None and contract not in customer.entitlements:
        raise Rejected(
            "not-entitled", f"The customer has no contract {contract!r}; grant it first.", "/contract"
        )
    if customer.service_managers.get(contract) == contact:
        return []
    return [ServiceManagerAppointed(customer=customer.id, contract=contract, by=by, contact=contact)]


def withdraw(customer: Customer, contract: str | None, by: Actor) -> list[CustomerEvent]:
    """Raises Conflict when nobody is there to withdraw."""
    if contract not in customer.service_managers:
        raise Conflict("no-service-manager", "There is no such service manager to withdraw.")
    return [ServiceManagerWithdrawn(customer=customer.id, contract=contract, by=by)]


def grant(
    customer: Customer, contract: str, granted: Entitlement, by: Actor, now: datetime
) -> list[CustomerEvent]:
    """Raises Rejected for a time that is over, or ends before it begins."""
    if granted.ends_at is not None and granted.ends_at <= max(granted.begins_at, now):
        raise Rejected("ends-too-early", "until must lie after from, and after now.", "/until")
    if customer.entitlements.get(contract) == granted:
        return []
    return [
        EntitlementGranted(
            customer=customer.id,
            contract=contract,
            begins_at=granted.begins_at,
            ends_at=granted.ends_at,
            by=by,
        )
    ]


def end(
    customer: Customer, contract: str, at: datetime | None, by: Actor, now: datetime
) -> list[CustomerEvent]:
    """Raises NotFound, Conflict when it is over already, Rejected for an instant that has passed."""
    granted = customer.entitlements.get(contract)
    if granted is None:
        raise NotFound("not-found", "The customer has no such entitlement.")
    if granted.over(now):
        raise Conflict("entitlement-over", "That entitlement is over already.")
    ends_at = now if at is None else at
    if ends_at < now:
        raise Rejected("ends-in-past", "at must not lie before now; leave it out to end at once.", "/at")
    if ends_at == granted.ends_at:
        return []
    return [EntitlementEnded(customer=customer.id, contract=contract, ends_at=ends_at, by=by)]


def choose(customer: Customer, wanted: str | None, now: datetime) -> str:
    """The contract that governs a ticket registered `now`: with several in force it must be named (R19).

    Raises NotEntitled, which says what to do.
    """
    in_force = customer.in_force(now)
    if wanted is None:
        if len(in_force) > 1:
            raise NotEntitled("contract-required", f"Name the contract: one of {', '.join(in_force)}.")
        if not in_force:
            raise NotEntitled("not-entitled", "The customer has no contract in force; support can grant one.")
        return in_force[0]
    if wanted not in in_force:
        raise NotEntitled(*_why_not(customer.entitlements.get(wanted), wanted, in_force, now))
    return wanted


class NotEntitled(Rejected):
    """The customer may not open a ticket so, as far as is known here."""

    def __init__(self, code: str, detail: str, pointer: str = "/contract") -> None:
        super().__init__(code, detail, pointer)


def _why_not(
    granted: Entitlement | None, wanted: str, in_force: Sequence[str], now: datetime
) -> tuple[str, str]:
    instead = f"in force: {', '.join(in_force)}" if in_force else "none is in force"
    if granted is None:
        return "unknown-contract", f"The customer has no contract {wanted!r}; {instead}."
    if granted.over(now):
        at = codec.instant(granted.ends_at or now)
        return "contract-ended", f"The customer's contract {wanted!r} ended at {at}; {instead}."
    at = codec.instant(granted.begins_at)
    return "contract-not-begun", f"The customer's contract {wanted!r} begins at {at}; {instead}."


def _entitled(customer: Customer, contract: str, entitlement: Entitlement) -> Customer:
    return replace(customer, entitlements={**customer.entitlements, contract: entitlement})
