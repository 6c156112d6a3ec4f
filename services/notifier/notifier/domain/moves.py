"""A ticket that changes hands: the customer hears of every move to another line, the receivers of the ticket.

Only escalation's own facts are compared with one another, so other sources may come in any order.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from notifier.domain.notice import Notice
from notifier.domain.ticket import Ticket
from shared.events.escalation import TicketAssigned, TicketEscalated, TicketReturned, TicketRouted

Move = TicketRouted | TicketAssigned | TicketEscalated | TicketReturned


def moves_of(move: Move, before: Ticket) -> Sequence[Notice]:
    """The notices of one change of hands. A ticket's first routing, to line 1, moves nothing (R18)."""
    match move:
        case TicketEscalated(from_line=line, cause=cause):
            reason = "" if move.reason is UNSET else move.reason
            return _moved(line, move.to_line, move.team, {"cause": cause, "reason": reason})
        case TicketReturned(from_line=line, reason=reason):
            return _moved(line, move.to_line, move.team, {"cause": "returned", "reason": reason})
        case TicketRouted():
            return _moved(before.line, move.line, move.team, {"cause": "routed", "reason": ""})
        case TicketAssigned():
            moved = _moved(before.line, move.line, move.team, {"cause": "assigned", "reason": ""})
            taken_on = move.assignee in (None, move.by.id, before.assignee)
            # To the one whom this names: by the time that it can be told, another may have the ticket.
            named = Notice("ticket_assigned", "assignee", {"assignee": move.assignee})
            return [*moved] if taken_on else [*moved, named]


def _moved(from_line: int, to_line: int, team: str, why: dict[str, Any]) -> Sequence[Notice]:
    if from_line == to_line:
        return []
    template = "ticket_escalated" if to_line > from_line else "ticket_returned"
    # Why support moved it by hand is said within support.
    told = {"line": to_line, "from_line": from_line, "cause": why["cause"]}
    return [
        Notice(template, "reporter", told),
        Notice("ticket_received", "team", told | {"reason": why["reason"]}, team=team),
    ]
