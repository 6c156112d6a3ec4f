"""What can be done to a ticket: `POST /v1/tickets/{id}/<name>`, by whom, and what it means, as a table."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import BaseModel

from intake import requests
from intake.domain import commands
from intake.domain.ticket import Ticket
from intake.tickets import Asked, Tickets
from shared.events.ids import new_id
from shared.events.review import ReviewAction
from shared.eventstore.commands import Committed
from shared.runtime.auth import CUSTOMER_ROLES, SUPPORT_ROLES, Principal, Role
from shared.runtime.refusals import Forbidden

EVERYBODY = (*CUSTOMER_ROLES, *SUPPORT_ROLES)

CarryOut = Callable[[Tickets, UUID, Any, Principal, Asked], Awaitable[Committed[Ticket]]]


class Act(NamedTuple):
    """`name` ends its path, `operation` is what clients that are generated from the document call it."""

    name: str
    operation: str
    summary: str
    roles: tuple[Role, ...]
    body: type[BaseModel]
    carry_out: CarryOut


def _plainly(command: Callable[[Any, Principal], commands.Command]) -> CarryOut:
    async def carry_out(
        tickets: Tickets, ticket_id: UUID, body: BaseModel, who: Principal, asked: Asked
    ) -> Committed[Ticket]:
        return await tickets.act(ticket_id, command(body, who), asked)

    return carry_out


def _comment(body: requests.CommentBody, who: Principal) -> commands.AddComment:
    if who.customer is not None and (body.visibility == "internal" or body.next_update_at is not None):
        raise Forbidden("support-only", "Internal comments and promised updates are for support.")
    return commands.AddComment(str(new_id()), body.body, body.visibility, who.actor(), body.next_update_at)


async def _change_contract(
    tickets: Tickets, ticket_id: UUID, body: requests.ContractBody, who: Principal, asked: Asked
) -> Committed[Ticket]:
    return await tickets.change_contract(ticket_id, body.contract, who.actor(), asked)


async def _close(
    tickets: Tickets, ticket_id: UUID, _: requests.EmptyBody, who: Principal, asked: Asked
) -> Committed[Ticket]:
    return await tickets.close(ticket_id, who.actor(), asked)


def _assign_review(body: requests.ReviewBody, who: Principal) -> commands.AssignReview:
    owner = None if body.owner is None else body.owner.contact()
    return commands.AssignReview(owner, body.due_at, who.actor())


def _complete_review(body: requests.CompletedReviewBody, who: Principal) -> commands.CompleteReview:
    actions = tuple(ReviewAction(what=a.what, owner=a.owner, due_on=a.due_on) for a in body.actions)
    said = body.contentment
    return commands.CompleteReview(
        body.root_cause, actions, said.score, said.comment, body.lessons, who.actor()
    )


async def _merge(
    tickets: Tickets, ticket_id: UUID, body: requests.MergeBody, who: Principal, asked: Asked
) -> Committed[Ticket]:
    return await tickets.merge(ticket_id, body.into, who.actor(), asked)


async def _split(
    tickets: Tickets, ticket_id: UUID, body: requests.SplitBody, who: Principal, asked: Asked
) -> Committed[Ticket]:
    command = commands.Split(ticket_id, new_id(), "", body.subject, body.description, who.actor())
    return await tickets.split(ticket_id, command, asked)


ACTS = (
    Act(
        "comments",
        "comment_on_ticket",
        "Say something; a customer's word ends the wait for it",
        EVERYBODY,
        requests.CommentBody,
        _plainly(_comment),
    ),
    Act(
        "priority",
        "prioritise_ticket",
        "Set or confirm the priority",
        SUPPORT_ROLES,
        requests.PriorityBody,
        _plainly(lambda body, who: commands.Prioritise(body.priority, body.basis, body.reason, who.actor())),
    ),
    Act(
        "category",
        "categorise_ticket",
        "Name what kind of matter it is, which routes it",
        SUPPORT_ROLES,
        requests.CategoryBody,
        _plainly(lambda body, who: commands.Categorise(body.category, who.actor())),
    ),
    Act(
        "work",
        "start_work",
        "Begin the work, or go on with it after a wait",
        SUPPORT_ROLES,
        requests.EmptyBody,
        _plainly(lambda _, who: commands.StartWork(who.actor())),
    ),
    Act(
        "question",
        "ask_customer",
        "Ask the customer, and wait for the answer",
        SUPPORT_ROLES,
        requests.QuestionBody,
        _plainly(lambda body, who: commands.AskCustomer(str(new_id()), body.body, who.actor())),
    ),
    Act(
        "wait",
        "await_supplier",
        "Wait for a supplier, which pauses no clock",
        SUPPORT_ROLES,
        requests.WaitBody,
        _plainly(lambda body, who: commands.AwaitSupplier(body.reference, who.actor())),
    ),
    Act(
        "agreed-date",
        "agree_date",
        "Note the date that the customer agreed to",
        SUPPORT_ROLES,
        requests.AgreedDateBody,
        _plainly(lambda body, who: commands.AgreeDate(body.due_at, body.agreed_by, who.actor())),
    ),
    Act(
        "expected",
        "expect_resolution",
        "Tell the customer when the solution is expected",
        SUPPORT_ROLES,
        requests.ExpectedBody,
        _plainly(lambda body, who: commands.ExpectResolution(body.expected_at, who.actor())),
    ),
    Act(
        "resolve",
        "resolve_ticket",
        "Give the solution, or for P1 and P2 a workaround",
        SUPPORT_ROLES,
        requests.ResolveBody,
        _plainly(lambda body, who: commands.Resolve(body.solution, body.cause, body.workaround, who.actor())),
    ),
    Act(
        "close-request",
        "request_closure",
        "Ask support to close the ticket",
        CUSTOMER_ROLES,
        requests.EmptyBody,
        _plainly(lambda _, who: commands.RequestClosure(who.actor())),
    ),
    Act(
        "close",
        "close_ticket",
        "Close the ticket, solved or not",
        SUPPORT_ROLES,
        requests.EmptyBody,
        _close,
    ),
    Act(
        "reopen",
        "reopen_ticket",
        "Go on with a ticket that was resolved or closed",
        EVERYBODY,
        requests.ReopenBody,
        _plainly(lambda body, who: commands.Reopen(body.reason, who.actor())),
    ),
    Act(
        "contract",
        "change_contract",
        "Lay the ticket under another of its customer's contracts",
        SUPPORT_ROLES,
        requests.ContractBody,
        _change_contract,
    ),
    Act(
        "survey",
        "answer_survey",
        "Say how content the customer was, once per closing",
        CUSTOMER_ROLES,
        requests.SurveyBody,
        _plainly(lambda body, who: commands.AnswerSurvey(body.score, body.comment, who.actor())),
    ),
    Act(
        "review",
        "assign_review",
        "Give the post-incident review another owner or due instant",
        SUPPORT_ROLES,
        requests.ReviewBody,
        _plainly(_assign_review),
    ),
    Act(
        "review-complete",
        "complete_review",
        "Complete the post-incident review: root cause, actions, the customer's contentment",
        SUPPORT_ROLES,
        requests.CompletedReviewBody,
        _plainly(_complete_review),
    ),
    Act(
        "merge",
        "merge_ticket",
        "Let the ticket go on in another, which closes it",
        SUPPORT_ROLES,
        requests.MergeBody,
        _merge,
    ),
    Act(
        "split",
        "split_ticket",
        "Make part of the matter a ticket of its own",
        SUPPORT_ROLES,
        requests.SplitBody,
        _split,
    ),
)
