"""How a ticket comes to be: registered by somebody, or split from another."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from intake.domain.commands import OpenTicket, Split
from intake.domain.ticket import Ticket
from shared.errors import Rejected
from shared.events.ticket import TicketEvent, TicketOpened

LONGEST_AGO = timedelta(days=3650)
"""How far back a caller's report may lie: calendars of opening hours do not go back for ever."""


def open_ticket(command: OpenTicket, number: str, now: datetime) -> Sequence[TicketEvent]:
    """A customer's priority counts at once, unless the contract makes it a wish (R9)."""
    if command.reported_at is not None and command.reported_at > now:
        raise Rejected("reported-in-future", "reported_at must not lie after now.", "/reported_at")
    if command.reported_at is not None and command.reported_at < now - LONGEST_AGO:
        raise Rejected("reported-long-ago", "reported_at must lie within the last ten years.", "/reported_at")
    is_wish = command.contract.priority_is_wish and not command.by.is_support_person
    return [
        TicketOpened(
            number=number,
            customer=command.customer,
            contract=command.contract,
            type=command.type,
            channel=command.channel,
            registered_at=now,
            by=command.by,
            priority=None if is_wish else command.priority,
            wished_priority=command.priority if is_wish else None,
            category=command.category,
            reported_at=command.reported_at,
            external_ref=command.external_ref,
            subject=command.subject,
            description=command.description,
            reporter=command.reporter,
            service_manager=command.service_manager,
        )
    ]


def open_split(command: Split, ticket: Ticket, now: datetime) -> Sequence[TicketEvent]:
    """The new ticket: the same customer, contract, reporter, priority and category; clocks of its own."""
    return [
        TicketOpened(
            number=command.number,
            customer=ticket.customer,
            contract=ticket.contract,
            type=ticket.type,
            channel=ticket.channel,
            registered_at=now,
            by=command.by,
            priority=ticket.priority,
            category=ticket.category,
            split_from=str(command.source),
            subject=command.subject,
            description=command.description,
            reporter=ticket.reporter,
            service_manager=ticket.service_manager,
        )
    ]
