"""What a notice needs to know of its ticket, folded from what the other services tell."""

from uuid import UUID

import msgspec

from shared.events.envelope import Recorded
from shared.events.escalation import TicketEscalated, TicketRouted
from shared.events.people import Contact
from shared.events.ticket import Priority, TicketOpened, TicketPrioritised

FIRST_TEAM = "line-1"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is empty until TicketOpened was heard; other sources may come first."""

    opened_by: UUID | None = None
    number: str = ""
    subject: str = ""
    customer: str = ""
    contract: str = ""
    locale: str = "sv"
    timezone: str = "Europe/Stockholm"
    priority: Priority | None = None
    team: str = FIRST_TEAM
    reporter: Contact | None = None
    service_manager: Contact | None = None

    @property
    def is_known(self) -> bool:
        """Whether a notice about it can be written."""
        return bool(self.number)


def observe(ticket: Ticket, fact: Recorded) -> Ticket:
    """The ticket after one more fact; hearing it twice changes nothing."""
    match fact.data:
        case TicketOpened() as opened:
            return msgspec.structs.replace(
                ticket,
                opened_by=fact.id,
                number=opened.number,
                subject=opened.subject,
                customer=opened.customer,
                contract=opened.contract.id,
                locale=opened.contract.locale,
                timezone=opened.contract.timezone,
                priority=opened.priority,
                reporter=opened.reporter,
                service_manager=opened.service_manager,
            )
        case TicketPrioritised(priority=priority):
            return msgspec.structs.replace(ticket, priority=priority)
        case TicketRouted(team=team) | TicketEscalated(team=team):
            return msgspec.structs.replace(ticket, team=team)
        case _:
            return ticket
