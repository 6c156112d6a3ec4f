"""What this service listens to: event type → who is told (the words: `domain/notices.py`)."""

from typing import Final

from shared.events.envelope import Event
from shared.events.escalation import (
    OnCallAlerted,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
    TicketRouted,
)
from shared.events.review import ReviewAssigned, ReviewOpened
from shared.events.sla import DeadlineBreached, DeadlineWarned
from shared.events.ticket import (
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    CustomerAnswered,
    CustomerQuestioned,
    ResolutionDateAgreed,
    ResolutionExpected,
    SurveyAnswered,
    TicketClosed,
    TicketMerged,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    TicketSplit,
    WorkStarted,
)

GROUP: Final = "notifier"
SOURCES: Final = ("/intake", "/sla-engine", "/escalation")

SUBSCRIBED: Final[dict[type[Event], str]] = {
    TicketOpened: "the reporter, that it was received and under which number; the team it begins with",
    TicketPrioritised: "nobody; later notices name the priority, and P1's matters never wait",
    CommentAdded: "the reporter, of support's public words; support, of the customer's",
    WorkStarted: "the reporter of a P1",
    CustomerQuestioned: "the reporter",
    CustomerAnswered: "nobody: the comment before it was told as the answer",
    ResolutionDateAgreed: "the reporter",
    ResolutionExpected: "the reporter",
    TicketResolved: "the reporter, of the solution, how to reopen and how to ask for closure",
    ClosureRequested: "support",
    TicketClosed: "the reporter, when support closed it, with the survey",
    TicketReopened: "the other side than the one that reopened it",
    ContractChanged: "the reporter",
    TicketMerged: "the reporter of the ticket that ends, of the number under which it goes on",
    TicketSplit: "the reporter, of the new ticket's number",
    SurveyAnswered: "support, of a low score",
    ReviewOpened: "the review's owner (else the service manager, else the team)",
    ReviewAssigned: "another owner",
    DeadlineWarned: "support; of a review, its owner",
    DeadlineBreached: "support; of a review, its owner; the service manager is told by ServiceManagerAlerted",
    TicketRouted: "of a move to another line: the reporter and the team that receives it",
    TicketAssigned: "the assignee, unless it was their own doing; of a move to another line: as above",
    TicketEscalated: "the reporter, and the team that receives it",
    TicketReturned: "the reporter, and the team that receives it",
    OnCallAlerted: "the person on call",
    ServiceManagerAlerted: "the service manager",
}
"""`support` is the team that holds the ticket, and its assignee when it has one."""
