"""Where the recipient of a notice is reached, once its ticket is known."""

from notifier.domain.notice import Notice
from notifier.domain.teams import Teams
from notifier.domain.ticket import Ticket
from shared.events.people import Contact


def address_of(notice: Notice, ticket: Ticket, teams: Teams) -> str | None:
    """None when there is no way and none is owed.

    A service manager, or somebody on call, without an address is an empty one: that the alert reached nobody
    must show.
    """
    match notice.recipient:
        case "reporter":
            return ticket.reporter.email if ticket.reporter else None
        case "service_manager":
            return (ticket.service_manager.email if ticket.service_manager else None) or ""
        case "on_call":
            return notice.facts["email"] or ""
        case "assignee":
            person = notice.facts.get("assignee", ticket.assignee)
            return teams.member_address(person) if person else None
        case "review_owner":
            # Not the ticket's service manager: intake named nobody, who may be one no longer.
            return _email(ticket.review_owner) or teams.address(ticket.team)
        case "team":
            return None if _was_told(notice, ticket) else teams.address(notice.team or ticket.team)


def person_at(address: str) -> str:
    """Who an address belongs to: two spellings of one address are one person, who is told once."""
    return address.strip().casefold()


def _email(contact: Contact | None) -> str | None:
    return contact.email if contact else None


def _was_told(notice: Notice, ticket: Ticket) -> bool:
    """Line 2 was told of a ticket that began with it (R18), as a new one: its escalation is the same news."""
    return (
        notice.template == "ticket_received" and notice.facts["cause"] == "priority" and ticket.opened_at_once
    )
