"""From the body of a new ticket to the command: whose it is, and what it becomes under a contract."""

from collections.abc import Callable
from typing import NamedTuple

from intake.domain.commands import OpenTicket
from intake.requests import OpenTicketBody
from shared.errors import Rejected
from shared.events.people import Contact
from shared.events.ticket import ContractTerms
from shared.runtime.auth import Principal
from shared.runtime.refusals import Forbidden


class Order(NamedTuple):
    """A ticket to be opened for `customer`; `contract`, if one was named.

    `under` gives the command once it is known on which terms, and who is alerted for it.
    """

    customer: str
    contract: str | None
    under: Callable[[ContractTerms, Contact | None], OpenTicket]


def order(body: OpenTicketBody, who: Principal) -> Order:
    """The customer follows from the credential; support, which acts for callers, must name it.

    Raises Rejected for a customer unnamed or another's; Forbidden for reported_at.
    """
    customer = _customer_id(body, who)
    if who.customer is not None and body.reported_at is not None:
        raise Forbidden("support-only", "Only support, registering for a caller, may give reported_at.")

    def under(terms: ContractTerms, service_manager: Contact | None) -> OpenTicket:
        return OpenTicket(
            customer=customer,
            contract=terms,
            subject=body.subject,
            description=body.description,
            reporter=body.reporter.contact(),
            by=who.actor(),
            type=body.type,
            channel=body.channel,
            priority=body.priority,
            category=body.category,
            reported_at=body.reported_at,
            external_ref=body.external_ref,
            service_manager=service_manager,
        )

    return Order(customer, body.contract, under)


def _customer_id(body: OpenTicketBody, who: Principal) -> str:
    if who.customer is None:
        if body.customer is None:
            raise Rejected("customer-required", "Name the customer that you register for.", "/customer")
        return body.customer
    if body.customer not in (None, who.customer):
        raise Rejected("unknown-customer", "Leave customer out: it follows from the credential.", "/customer")
    return who.customer
