"""Which facts are told, and to whom. Internal comments are never told to anyone.

The reporter hears of the ticket itself, the team of its clocks and of what the customer writes, the service
manager of alerts.
"""

from typing import Any, NamedTuple

from notifier.domain.ticket import Ticket
from shared.events.codec import instant
from shared.events.envelope import Recorded
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated
from shared.events.notification import Recipient
from shared.events.sla import DeadlineBreached, DeadlineWarned
from shared.events.ticket import CommentAdded, TicketClosed, TicketOpened, TicketResolved


class Notice(NamedTuple):
    """Something to be told. `template` names the wording, `facts` (JSON) what it needs beside the ticket."""

    template: str
    recipient: Recipient
    facts: dict[str, Any]


def notice_of(fact: Recorded) -> Notice | None:
    """The notice that `fact` asks for, None when nobody is told."""
    match fact.data:
        case TicketOpened():
            return Notice("ticket_opened", "reporter", {})
        case CommentAdded(visibility="public", body=body) as comment if comment.by.is_support_person:
            promised = instant(comment.next_update_at) if comment.next_update_at else None
            return Notice("comment_added", "reporter", {"body": body, "next_update_at": promised})
        case CommentAdded(visibility="public", body=body) as comment if comment.by.party == "customer":
            return Notice("customer_commented", "team", {"body": body})
        case TicketResolved(solution=solution, workaround=workaround):
            return Notice("ticket_resolved", "reporter", {"solution": solution, "workaround": workaround})
        case TicketClosed() as closed if closed.by.is_support_person:
            return Notice("ticket_closed", "reporter", {})
        case TicketEscalated(to_line=line, cause=cause):
            return Notice("ticket_escalated", "reporter", {"line": line, "cause": cause})
        case ServiceManagerAlerted(reason=reason, priority=priority):
            return Notice(
                "service_manager_alerted", "service_manager", {"reason": reason, "priority": priority}
            )
        case DeadlineBreached() as breached:
            facts = {
                "kind": breached.kind,
                "due_at": instant(breached.due_at),
                "promise": _is_promise(breached),
            }
            return Notice("deadline_breached", "team", facts)
        case DeadlineWarned() as warned:
            facts = {"kind": warned.kind, "due_at": instant(warned.due_at), "reason": warned.reason}
            return Notice("deadline_warned", "team", facts | {"at": instant(warned.warn_at)})
        case _:
            return None


def address_of(recipient: Recipient, ticket: Ticket, team_domain: str) -> str | None:
    """Where `recipient` of a known ticket is reached; None when there is no way and none is owed.

    A service manager without an address is an empty one: that the alert reached nobody must show.
    """
    match recipient:
        case "reporter":
            return ticket.reporter.email if ticket.reporter else None
        case "service_manager":
            return (ticket.service_manager.email if ticket.service_manager else None) or ""
        case "team":
            return f"{ticket.team}@{team_domain}"


def _is_promise(breached: DeadlineBreached) -> bool:
    return breached.commitment == "promise"
