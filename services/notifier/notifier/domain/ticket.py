"""What a notice needs to know of its ticket, folded from what the other services tell.

Each field follows one source only, so that no interleaving of sources changes what a ticket comes to be.
"""

from uuid import UUID

import msgspec

from shared.events.envelope import Recorded
from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned, TicketRouted
from shared.events.people import Contact
from shared.events.review import ReviewAssigned, ReviewOpened
from shared.events.ticket import (
    CommentAdded,
    ContractChanged,
    ContractTerms,
    CustomerAnswered,
    CustomerQuestioned,
    Priority,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    WorkStarted,
)

FIRST_TEAM = "line-1"
MOST_URGENT: Priority = "P1"


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is empty until TicketOpened was heard; other sources may come first.

    `opened_at_once`: its priority laid it before line 2 at registration (R18). `asked`: support waits for the
    customer's answer (R11). `worked_on`: work has begun. `answer_owed`: the customer had the last word.
    """

    opened_by: UUID | None = None
    number: str = ""
    subject: str = ""
    customer: str = ""
    contract: str = ""
    locale: str = "sv"
    timezone: str = "Europe/Stockholm"
    priority: Priority | None = None
    opened_at_once: bool = False
    asked: bool = False
    worked_on: bool = False
    answer_owed: bool = False
    line: int = 1
    team: str = FIRST_TEAM
    assignee: str | None = None
    reporter: Contact | None = None
    service_manager: Contact | None = None
    review_owner: Contact | None = None

    @property
    def is_known(self) -> bool:
        """Whether a notice about it can be written."""
        return bool(self.number)


def observe(ticket: Ticket, fact: Recorded) -> Ticket:
    """The ticket after one more fact; hearing it twice changes nothing."""
    change = msgspec.structs.replace
    match fact.data:
        case TicketOpened() as opened:
            return change(
                _under(ticket, opened.contract),
                opened_by=fact.id,
                number=opened.number,
                subject=opened.subject,
                customer=opened.customer,
                priority=opened.priority,
                opened_at_once=escalates_at_once(opened),
                reporter=opened.reporter,
                service_manager=opened.service_manager,
            )
        case ContractChanged(contract=contract, service_manager=told):
            manager = ticket.service_manager if told is msgspec.UNSET else told
            return change(_under(ticket, contract), service_manager=manager)
        case TicketPrioritised(priority=priority):
            return change(ticket, priority=priority)
        case CommentAdded(visibility="public", automatic=False, by=by):
            return change(ticket, answer_owed=by.party == "customer")
        case CustomerQuestioned():
            return change(ticket, asked=True, answer_owed=False)
        case TicketResolved() | TicketClosed():
            return change(ticket, asked=False, answer_owed=False)
        case WorkStarted():
            return change(ticket, asked=False, worked_on=True)
        case CustomerAnswered() | TicketReopened():
            return change(ticket, asked=False)
        case ReviewOpened(owner=owner) | ReviewAssigned(owner=owner):
            return change(ticket, review_owner=owner)
        case TicketAssigned(line=line, team=team, assignee=assignee):
            return change(ticket, line=line, team=team, assignee=assignee)
        case TicketRouted(line=line, team=team):
            kept = ticket.assignee if line <= ticket.line else None
            return change(ticket, line=line, team=team, assignee=kept)
        case TicketEscalated(to_line=line, team=team) | TicketReturned(to_line=line, team=team):
            return change(ticket, line=line, team=team, assignee=None)
        case _:
            return ticket


def escalates_at_once(opened: TicketOpened) -> bool:
    """Whether the ticket stands with line 2 from its registration on (R18)."""
    terms = opened.contract
    return opened.priority in terms.escalate_at_once and terms.lines > 1 and not terms.priority_is_wish


def _under(ticket: Ticket, contract: ContractTerms) -> Ticket:
    return msgspec.structs.replace(
        ticket, contract=contract.id, locale=contract.locale, timezone=contract.timezone
    )
