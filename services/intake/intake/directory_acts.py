"""What can be done to a customer, a contract or a person: `POST …/{id}/<name>`, by whom, as a table."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel

from intake import directory_requests as requests
from intake.domain import contracts, customers, persons
from intake.domain.customers import Entitlement
from intake.registry import CONTRACT, CUSTOMER, PERSON, Kind
from shared.events.directory import DirectoryEvent
from shared.events.people import Actor
from shared.runtime.auth import Role

OPERATORS: tuple[Role, ...] = ("ops",)
MANAGERS: tuple[Role, ...] = ("manager", "ops")
KEEPERS_OF_PEOPLE: tuple[Role, ...] = ("customer_admin", "manager", "ops")
"""A customer's main administrator lets colleagues in, and out."""


class Asking(NamedTuple):
    """What is asked for, by whom and when; `contract`: the one that the path names, if it does."""

    body: Any
    by: Actor
    now: datetime
    contract: str = ""


class DirectoryAct(NamedTuple):
    """`name` ends its path, `operation` is what generated clients call it.

    `needs`: a contract that must exist for it.
    """

    kind: Kind[Any]
    name: str
    operation: str
    summary: str
    roles: tuple[Role, ...]
    body: type[BaseModel]
    decide: Callable[[Any, Asking], Sequence[DirectoryEvent]]
    needs: Callable[[Any], str | None] = lambda _: None

    @property
    def may_be_empty(self) -> bool:
        """Whether the body may be left out: nothing in it is required."""
        return not any(field.is_required() for field in self.body.model_fields.values())


DIRECTORY_ACTS = (
    DirectoryAct(
        CUSTOMER,
        "name",
        "rename_customer",
        "Call the customer otherwise",
        OPERATORS,
        requests.NameBody,
        lambda customer, asked: customers.rename(customer, asked.body.name, asked.by),
    ),
    DirectoryAct(
        CUSTOMER,
        "service-manager",
        "appoint_service_manager",
        "Appoint who is alerted for the customer, or for one of its services",
        MANAGERS,
        requests.ServiceManagerBody,
        lambda customer, asked: customers.appoint(
            customer, asked.body.contact(), asked.body.contract, asked.by
        ),
    ),
    DirectoryAct(
        CUSTOMER,
        "service-manager/withdraw",
        "withdraw_service_manager",
        "Have nobody alerted any more",
        MANAGERS,
        requests.WithdrawBody,
        lambda customer, asked: customers.withdraw(customer, asked.body.contract, asked.by),
    ),
    DirectoryAct(
        CUSTOMER,
        "entitlements",
        "grant_entitlement",
        "Let the customer open tickets under a contract, for a time or for good",
        OPERATORS,
        requests.EntitlementBody,
        lambda customer, asked: customers.grant(
            customer,
            asked.body.contract,
            Entitlement(asked.body.begins_at or asked.now, asked.body.until),
            asked.by,
            asked.now,
        ),
        needs=lambda body: body.contract,
    ),
    DirectoryAct(
        CUSTOMER,
        "entitlements/{contract}/end",
        "end_entitlement",
        "Let no new tickets come under a contract; open ones keep it",
        OPERATORS,
        requests.EndBody,
        lambda customer, asked: customers.end(customer, asked.contract, asked.body.at, asked.by, asked.now),
    ),
    DirectoryAct(
        CONTRACT,
        "terms",
        "amend_contract",
        "Amend the terms, whole; open tickets keep theirs",
        OPERATORS,
        requests.TermsBody,
        lambda contract, asked: contracts.amend(contract, asked.body.terms(contract.terms.id), asked.by),
    ),
    DirectoryAct(
        PERSON,
        "contact",
        "change_contact",
        "Say anew how the person is called and reached, whole",
        KEEPERS_OF_PEOPLE,
        requests.PersonContactBody,
        lambda person, asked: persons.change(person, asked.body.contact(), asked.body.locale, asked.by),
    ),
    DirectoryAct(
        PERSON,
        "remove",
        "remove_person",
        "Forget the person",
        KEEPERS_OF_PEOPLE,
        requests.NothingBody,
        lambda person, asked: persons.remove(person, asked.by),
    ),
)
