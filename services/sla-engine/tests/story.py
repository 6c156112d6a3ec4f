"""A ticket whose clocks are wound by hand: given its events, when one more comes, then these follow."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from shared.events.people import Actor
from shared.events.sla import SlaEvent
from shared.events.ticket import (
    CommentAdded,
    ContractTerms,
    CustomerAnswered,
    CustomerQuestioned,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
    WorkStarted,
)
from sla_engine.domain.calendar import Calendar
from sla_engine.domain.deadlines import react, start
from sla_engine.domain.facts import Happening, observe, opened
from sla_engine.domain.falling_due import due
from sla_engine.domain.instants import Micros, from_micros
from sla_engine.domain.policy import Policy
from sla_engine.domain.state import State, Tracked, evolve
from sla_engine.domain.terms import Terms

AGENT = Actor(id="agent", party="support", role="agent")
CUSTOMER = Actor(id="acme", party="customer", role="client")
ROBOT = Actor(id="robot", party="system", role="system")
WORK = WorkStarted(by=AGENT)
SOLVED = TicketResolved(by=AGENT)
CLOSED = TicketClosed(by=AGENT, resolved=False)
ASKED = CustomerQuestioned(comment_id="q", by=AGENT)
ANSWERED = CustomerAnswered(comment_id="a", by=CUSTOMER)
REOPENED = TicketReopened(previous="resolved", by=CUSTOMER)

At = Callable[[str], Micros]
Pair = tuple[Policy, Calendar]


def word(by: Actor = AGENT, **more: object) -> CommentAdded:
    return CommentAdded(comment_id="c", by=by, **{"visibility": "public", **more})  # type: ignore[arg-type]


def priority(
    to: str, was: str | None = None, basis: str = "correction", by: Actor = AGENT
) -> TicketPrioritised:
    return TicketPrioritised(priority=to, previous=was, basis=basis, by=by)  # type: ignore[arg-type]


class Story:
    """Every event is handled the moment it happens, unless `handled` says when."""

    def __init__(self, policy: Policy, calendar: Calendar, at: At) -> None:
        self.terms, self._at = Terms(policy, calendar, "2026.1"), at
        self.told: list[SlaEvent] = []

    def opened(
        self, when: str, priority: str | None, by: Actor = CUSTOMER, reported: str | None = None, **more: Any
    ) -> "Story":
        event = TicketOpened(
            number="2026-000001",
            customer="acme",
            contract=ContractTerms(id="c", policy="p", timezone="Europe/Stockholm", locale="sv", lines=2),
            type="incident",
            channel="phone",
            registered_at=self.time(when),
            reported_at=self.time(reported) if reported else None,
            by=by,
            priority=priority,  # type: ignore[arg-type]
            **more,
        )
        self.state: State = opened(self.terms, "t", event)
        return self.tell(start(self.terms, self.state, event, self.time(when)))

    def then(self, when: str, event: Happening, handled: str | None = None) -> "Story":
        self.told = []
        events = react(self.terms, self.state, event, self.time(when), self.time(handled or when))
        self.state = observe(self.terms, self.state, event, self.time(when))
        return self.tell(events)

    def until(self, when: str, *, hold_breaches: bool = False) -> "Story":
        self.told = []
        return self.tell(due(self.state, self._at(when), hold_breaches=hold_breaches))

    def said(self, event: type[SlaEvent], kind: str) -> list[SlaEvent]:
        return [told for told in self.told if type(told) is event and told.kind == kind]

    def types(self, kind: str) -> list[type[SlaEvent]]:
        return [type(told) for told in self.told if told.kind == kind]

    def of(self, kind: str) -> Tracked:
        return self.state.deadlines[kind]  # type: ignore[index]

    def status(self, kind: str) -> str | None:
        deadline = self.state.deadlines.get(kind)  # type: ignore[call-overload]
        return deadline.status if deadline else None

    def tell(self, events: list[SlaEvent]) -> "Story":
        for event in events:
            self.state = evolve(self.state, event)
        self.told += events
        return self

    def time(self, when: str) -> datetime:
        return from_micros(self._at(when))
