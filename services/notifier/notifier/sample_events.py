"""What invented people do with an invented ticket, each with the state in which it is told differently."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from shared.events.envelope import Event
from shared.events.escalation import (
    OnCallAlerted,
    ServiceManagerAlerted,
    TicketAssigned,
    TicketEscalated,
    TicketReturned,
)
from shared.events.people import Actor, Contact
from shared.events.review import ReviewAssigned, ReviewOpened
from shared.events.sla import DeadlineBreached, DeadlineWarned
from shared.events.ticket import (
    ClosureRequested,
    CommentAdded,
    ContractChanged,
    ContractTerms,
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

AGENT: Final = Actor(id="agent-7", party="support", role="agent")
CUSTOMER: Final = Actor(id="client-3", party="customer", role="client")
TARGET: Final = "018f3a00-0000-7000-8000-000000000124"
_CONTRACT: Final = ContractTerms(
    id="hubs", policy="hubs", timezone="Europe/Stockholm", locale="sv", lines=2, escalate_at_once=("P1",)
)
OPENED: Final = TicketOpened(
    number="2026-000123",
    customer="acme",
    contract=_CONTRACT,
    type="incident",
    channel="portal",
    registered_at=datetime.fromisoformat("2026-03-27T15:30:00+00:00"),
    by=CUSTOMER,
    priority="P1",
    subject="Kan inte logga in <i>alls</i>",
    description="Ingen i huset kommer in.\n\nFelet började kl. 16 & står kvar.",
    reporter=Contact(name="Åsa Öst", email="asa.ost@acme.example"),
    service_manager=Contact(name="Ylva Exempel", email="ylva.exempel@acme.example"),
)


def told_of(ticket: str, later: datetime) -> Iterator[tuple[dict[str, Any], Event]]:
    """(what the ticket had come to, what happened then)."""
    urgent: dict[str, Any] = {"priority": "P1"}
    for promised in (None, later):
        word = CommentAdded(
            comment_id="1", visibility="public", by=AGENT, body="Vi söker felet.", next_update_at=promised
        )
        yield {"answer_owed": False}, word
        yield {"answer_owed": True}, word
    answer = CommentAdded(comment_id="2", visibility="public", by=CUSTOMER, body="Nu går det igen.")
    yield {"asked": False}, answer
    yield {"asked": True}, answer
    yield {}, CustomerQuestioned(comment_id="3", by=AGENT, body="Vilken version kör ni?")
    yield urgent, WorkStarted(by=AGENT)
    for who in ("", "Åsa Öst"):
        yield {}, ResolutionDateAgreed(due_at=later, by=AGENT, agreed_by=who)
    for previous in (None, later - timedelta(days=1)):
        yield {}, ResolutionExpected(expected_at=later, previous=previous, by=AGENT)
    for workaround in (False, True):
        yield {}, TicketResolved(by=AGENT, workaround=workaround, solution="Starta om klienten.")
    yield {}, ClosureRequested(by=CUSTOMER)
    yield {}, TicketClosed(by=AGENT, resolved=True)
    for by in (AGENT, CUSTOMER):
        for reason in ("", "Felet är tillbaka."):
            yield {}, TicketReopened(previous="resolved", by=by, reason=reason)
    yield {}, ContractChanged(contract=_CONTRACT, previous="timecare", by=AGENT)
    numbers: dict[str, Any] = {"source_number": "2026-000123", "target_number": "2026-000124"}
    yield {}, TicketMerged(source=ticket, target=TARGET, by=AGENT, **numbers)
    yield {}, TicketSplit(into=TARGET, into_number="2026-000124", by=AGENT)
    for words in ("", "Det tog för lång tid."):
        yield {}, SurveyAnswered(score=2, by=CUSTOMER, comment=words)
    yield from _of_support(later)


def _of_support(later: datetime) -> Iterator[tuple[dict[str, Any], Event]]:
    moved = TicketEscalated(from_line=1, to_line=2, team="line-2", cause="resolution_breached", cause_id="d1")
    yield {}, moved
    yield {}, replace(moved, cause="manual", cause_id="c1", by=AGENT, reason="Kräver en utvecklare.")
    yield {}, TicketReturned(from_line=2, to_line=1, team="line-1", by=AGENT, reason="Klart här.")
    yield {}, TicketAssigned(line=2, team="line-2", by=AGENT, assignee="agent-8")
    for internal in (False, True):
        yield (
            {},
            DeadlineBreached(
                deadline_id="d1",
                kind="line_limit" if internal else "response",
                commitment="aim" if internal else "promise",
                due_at=later,
                detected_at=later,
                internal=internal,
            ),
        )
    yield from _of_a_review(later)
    for reason in ("fraction", "soft"):
        yield (
            {},
            DeadlineWarned(deadline_id="d2", kind="resolution", reason=reason, warn_at=later, due_at=later),
        )
    for priority in (None, "P1"):
        yield {}, ServiceManagerAlerted(reason="resolution_breached", cause_id="d1", priority=priority)
    for person, until in (("", None), ("Bo Exempel", later)):
        yield (
            {},
            OnCallAlerted(
                alert_id="a1",
                team="line-2",
                level=1,
                attempt=1,
                reason="priority",
                cause_id="P1",
                acknowledge_by=until,
                person=person,
                email="bo.exempel@support.example",
            ),
        )


def _of_a_review(later: datetime) -> Iterator[tuple[dict[str, Any], Event]]:
    owner = Contact(name="Bo Exempel", email="bo.exempel@support.example")
    for highest in ("P1", "P2"):
        yield {}, ReviewOpened(review=1, highest_priority=highest, due_at=later, by=AGENT, owner=owner)
    yield (
        {},
        ReviewAssigned(
            review=1, due_at=later, previous_due_at=later, owner_changed=True, by=AGENT, owner=owner
        ),
    )
    clock: dict[str, Any] = {"deadline_id": "d3", "kind": "review", "due_at": later, "internal": True}
    yield {}, DeadlineWarned(reason="fraction", warn_at=later, **clock)
    yield {}, DeadlineBreached(commitment="aim", detected_at=later, **clock)
