"""Given a ticket's history, when a command comes: what the tests of decisions share."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from intake.domain import commands, decisions
from intake.domain import opening as openings
from intake.domain.ticket import Ticket, fold
from shared.events.catalogue import type_name
from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.people import Actor, Contact
from shared.events.ticket import ContractTerms, Priority, TicketClosed, TicketEvent, TicketResolved

NOW = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
AGENT = Actor(id="agent", party="support", role="agent")
CLIENT = Actor(id="client", party="customer", role="client")
HUBS = ContractTerms(id="hubs", policy="hubs", timezone="Europe/Stockholm", locale="sv", lines=2)
TIMECARE = ContractTerms(
    id="timecare", policy="timecare", timezone="Europe/Stockholm", locale="sv", lines=3, priority_is_wish=True
)
ADA = Contact(name="Ada Exempel", email="ada@acme.example")
RESOLVED = TicketResolved(by=AGENT, solution="done")
CLOSED = TicketClosed(by=AGENT, resolved=False)


def opening(contract: ContractTerms = HUBS, by: Actor = CLIENT, priority: Priority | None = "P1") -> Ticket:
    return given(*openings.open_ticket(order(contract, by, priority), "2026-000001", NOW))


def order(contract: ContractTerms, by: Actor, priority: Priority | None) -> commands.OpenTicket:
    return commands.OpenTicket(
        customer="acme",
        contract=contract,
        subject="s",
        description="d",
        reporter=ADA,
        by=by,
        priority=priority,
    )


def given(*history: TicketEvent, stream: UUID | None = None) -> Ticket:
    stream, cause = stream or new_id(), new_id()
    return fold(
        [
            Recorded(
                id=new_id(),
                type=type_name(event),
                source="/intake",
                subject=stream,
                version=version,
                tenant="acme",
                time=NOW,
                recorded_at=NOW,
                correlation_id=cause,
                causation_id=None,
                traceparent=None,
                data=event,
            )
            for version, event in enumerate(history, start=1)
        ]
    )


def after(*events: TicketEvent, priority: Priority | None = "P1") -> Ticket:
    return given(*openings.open_ticket(order(HUBS, CLIENT, priority), "2026-000001", NOW), *events)


def comment(by: Actor = AGENT, **more: object) -> commands.AddComment:
    return commands.AddComment(comment_id="c", body="b", visibility="public", by=by, **more)  # type: ignore[arg-type]


def when(command: commands.Command, ticket: Ticket) -> Sequence[TicketEvent]:
    return decisions.decide(command, ticket, NOW)
