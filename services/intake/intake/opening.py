"""From the body of a new ticket to the command: whose it is, and under which contract."""

from intake.directory import Directory
from intake.domain.commands import OpenTicket
from intake.requests import OpenTicketBody
from shared.errors import Rejected
from shared.runtime.auth import Principal
from shared.runtime.refusals import Forbidden


def open_command(directory: Directory, body: OpenTicketBody, who: Principal) -> OpenTicket:
    """The customer follows from the credential; support, which acts for callers, must name it.

    Raises Rejected for a customer or contract unknown, unnamed or another's; Forbidden for reported_at.
    """
    customer = directory.customer(_customer_id(body, who))
    if who.customer is not None and body.reported_at is not None:
        raise Forbidden("support-only", "Only support, registering for a caller, may give reported_at.")
    return OpenTicket(
        customer=customer.id,
        contract=directory.terms(customer, body.contract),
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
        service_manager=customer.service_manager,
    )


def _customer_id(body: OpenTicketBody, who: Principal) -> str:
    if who.customer is None:
        if body.customer is None:
            raise Rejected("customer-required", "Name the customer that you register for.", "/customer")
        return body.customer
    if body.customer not in (None, who.customer):
        raise Rejected("unknown-customer", "Leave customer out: it follows from the credential.", "/customer")
    return who.customer
