"""Which facts are told, and to whom: one table. Internal comments are never told to anyone.

The customer hears of the ticket itself and of every move to another line; support, of what the customer does,
of clocks, and of what is laid before its team; the service manager and whoever is on call, of alerts. Nobody
is told of what they did themselves, and no act is told twice: an answer to a question is one notice, a merge
is not told as a closing too, and a breach reaches the service manager by `ServiceManagerAlerted` only (R17).
"""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from notifier.domain.moves import moves_of
from notifier.domain.notice import Notice
from notifier.domain.reviews import notices_of_clock, notices_of_review
from notifier.domain.ticket import FIRST_TEAM, MOST_URGENT, Ticket, escalates_at_once
from shared.events.codec import instant
from shared.events.envelope import Recorded
from shared.events.escalation import (
    OnCallAlerted,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
    TicketRouted,
)
from shared.events.people import Actor
from shared.events.review import ReviewEvent
from shared.events.sla import DeadlineBreached, DeadlineWarned
from shared.events.ticket import (
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    CustomerQuestioned,
    ResolutionDateAgreed,
    ResolutionExpected,
    SurveyAnswered,
    TicketClosed,
    TicketMerged,
    TicketOpened,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)

LOW_SCORE = 2
"""A survey's score, of 1 to 5, up to which support is told at once."""


def notices_of(fact: Recorded, before: Ticket) -> Sequence[Notice]:
    """The notices that `fact` asks for; `before` is its ticket as it was before the fact."""
    match fact.data:
        case TicketOpened() as opened:
            return _of_opening(opened)
        case CommentAdded(visibility="public") as comment:
            return _of_word(comment, before)
        case CustomerQuestioned(by=by, body=body):
            return _customer(by, "customer_questioned", {"body": body})
        case WorkStarted(by=by) if before.priority == MOST_URGENT and not before.worked_on:
            return _customer(by, "work_started", {})
        case ResolutionDateAgreed(by=by) as agreed:
            facts: dict[str, Any] = {"due_at": instant(agreed.due_at), "agreed_by": agreed.agreed_by}
            return _customer(by, "date_agreed", facts)
        case ResolutionExpected(by=by) as expected:
            previous = instant(expected.previous) if expected.previous else None
            facts = {"expected_at": instant(expected.expected_at), "previous": previous}
            return _customer(by, "resolution_expected", facts)
        case TicketResolved(by=by) as solved:
            return _customer(
                by, "ticket_resolved", {"solution": solved.solution, "workaround": solved.workaround}
            )
        case ClosureRequested():
            return _support("closure_requested", {})
        case TicketClosed(by=by, merged_into=target) if target is UNSET:
            return _customer(by, "ticket_closed", {}) if by.is_support_person else []
        case TicketReopened(by=by, reason=reason):
            if by.party == "customer":
                return _support("customer_reopened", {"body": reason})
            return _customer(by, "ticket_reopened", {"reason": reason})
        case ContractChanged(by=by) as changed:
            facts = {"contract": changed.contract.id, "previous": changed.previous}
            return _customer(by, "contract_changed", facts)
        case TicketMerged(by=by) as merged if merged.source == str(fact.subject):
            facts = {"number": merged.target_number, "ticket": merged.target}
            return _customer(by, "ticket_merged", facts)
        case TicketSplit(by=by) as split:
            return _customer(by, "ticket_split", {"number": split.into_number, "ticket": split.into})
        case SurveyAnswered(score=score) as survey if score <= LOW_SCORE:
            return _support("survey_low", {"score": score, "body": survey.comment})
        case TicketRouted() | TicketAssigned() | TicketEscalated() | TicketReturned() as move:
            return moves_of(move, before)
        case DeadlineBreached(kind="review") | DeadlineWarned(kind="review") as clock:
            return notices_of_clock(clock)
        case review if isinstance(review, ReviewEvent):
            return notices_of_review(review)
        case DeadlineBreached() as breached:
            promise = breached.commitment == "promise"
            return _clock("deadline_breached", breached, {"promise": promise})
        case DeadlineWarned() as warned:
            at = {"reason": warned.reason, "at": instant(warned.warn_at)}
            return _clock("deadline_warned", warned, at)
        case ServiceManagerAlerted(reason=reason, priority=priority):
            facts = {"reason": reason, "priority": priority}
            return [Notice("service_manager_alerted", "service_manager", facts, urgent=True)]
        case OnCallAlerted() as alert:
            return [_on_call(alert)]
        case _:
            return []


def _of_opening(opened: TicketOpened) -> Sequence[Notice]:
    """The confirmation, and the new ticket laid before whoever it begins with (R18)."""
    at_once = escalates_at_once(opened)
    team = "line-2" if at_once else FIRST_TEAM
    new = Notice("ticket_new", "team", {"body": opened.description}, urgent=at_once, team=team)
    return [Notice("ticket_opened", "reporter", {}, urgent=True), new]


def _of_word(comment: CommentAdded, before: Ticket) -> Sequence[Notice]:
    if comment.by.is_support_person:
        promised = instant(comment.next_update_at) if comment.next_update_at else None
        template = "comment_answered" if before.answer_owed else "comment_added"
        return _customer(comment.by, template, {"body": comment.body, "next_update_at": promised})
    if comment.by.party == "customer":
        # The `CustomerAnswered` that follows is the same act, and is not told again.
        answers = before.asked and not comment.automatic
        return _support("customer_answered" if answers else "customer_commented", {"body": comment.body})
    return []


def _customer(by: Actor, template: str, facts: dict[str, Any]) -> Sequence[Notice]:
    return [] if by.party == "customer" else [Notice(template, "reporter", facts)]


def _support(template: str, facts: dict[str, Any], *, urgent: bool = False) -> Sequence[Notice]:
    """The team that holds the ticket, and its assignee when it has one."""
    return [
        Notice(template, "team", facts, urgent=urgent),
        Notice(template, "assignee", facts, urgent=urgent),
    ]


def _clock(template: str, told: DeadlineBreached | DeadlineWarned, facts: dict[str, Any]) -> Sequence[Notice]:
    """Public and internal kinds alike: support is shown its own aims, a customer never."""
    common = {"kind": told.kind, "due_at": instant(told.due_at), "internal": told.internal}
    return _support(template, common | facts, urgent=True)


def _on_call(alert: OnCallAlerted) -> Notice:
    facts = {
        "alert": alert.alert_id,
        "reason": alert.reason,
        "level": alert.level,
        "attempt": alert.attempt,
        "acknowledge_by": instant(alert.acknowledge_by) if alert.acknowledge_by else None,
        "person": alert.person,
        "email": alert.email,
    }
    return Notice("on_call_alerted", "on_call", facts, urgent=True)
