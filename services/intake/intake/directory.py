"""Who the customers are and what they have agreed: read once from seed files.

Each YAML file is checked whole on start; a fault names the file and the field.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import UNSET

from shared.errors import Rejected
from shared.events.people import Contact
from shared.events.ticket import ContractTerms

LONGEST_REVIEW = timedelta(days=3650)


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer, the contracts in force for it, and the service manager who is alerted for it."""

    id: str
    name: str
    contracts: tuple[str, ...]
    service_manager: Contact | None = None


class Directory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All customers and contracts of this installation."""

    customers: tuple[Customer, ...]
    contracts: tuple[ContractTerms, ...]

    def customer(self, customer_id: str) -> Customer:
        """Raises Rejected for an unknown customer."""
        for customer in self.customers:
            if customer.id == customer_id:
                return customer
        raise Rejected("unknown-customer", f"There is no customer {customer_id!r}.", "/customer")

    def service_manager(self, customer_id: str) -> Contact | None:
        """Who is service manager for a customer now; None for one that is not known any more."""
        known = (customer for customer in self.customers if customer.id == customer_id)
        return next((customer.service_manager for customer in known), None)

    def terms(self, customer: Customer, contract: str | None) -> ContractTerms:
        """The contract that governs a new ticket: with several, it must be named (R19)."""
        if contract is None and len(customer.contracts) > 1:
            names = ", ".join(customer.contracts)
            raise Rejected("contract-required", f"Name the contract: one of {names}.", "/contract")
        wanted = contract or customer.contracts[0]
        if wanted not in customer.contracts:
            raise Rejected("unknown-contract", f"The customer has no contract {wanted!r}.", "/contract")
        return next(terms for terms in self.contracts if terms.id == wanted)


def read_directory(folder: Path) -> Directory:
    """Read `customers.yaml` and `contracts.yaml` of `folder`. Raises ValueError saying what to mend."""
    content: dict[str, Any] = {}
    for name in ("customers", "contracts"):
        path = folder / f"{name}.yaml"
        content[name] = yaml.safe_load(path.read_text())
    try:
        directory = msgspec.convert(content, Directory)
    except msgspec.ValidationError as error:
        raise ValueError(f"{folder.name}: {error}") from error
    for terms in directory.contracts:
        if terms.review_within is not UNSET and not timedelta() < terms.review_within <= LONGEST_REVIEW:
            raise ValueError(f"contracts.yaml: {terms.id}: review_within is not between 0 and ten years")
    known = {terms.id for terms in directory.contracts}
    for customer in directory.customers:
        missing = [name for name in customer.contracts if name not in known]
        if missing or not customer.contracts:
            raise ValueError(f"customers.yaml: {customer.id} names no known contract: {missing}")
    return directory
