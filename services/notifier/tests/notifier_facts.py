"""Facts of one ticket, as the other services tell them, and rows of the ledger that follow from them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from notifier.claims import Claimed, Mail
from notifier.domain.holding import Quiet
from notifier.domain.notices import notices_of
from notifier.domain.teams import Team, Teams
from notifier.domain.ticket import Ticket, observe
from notifier.handlers import Policy
from notifier.ledger import row_id
from notifier.message import Postbox
from notifier.wording import Wording
from shared.events.catalogue import BY_CLASS, type_name
from shared.events.envelope import Event, Recorded
from shared.events.escalation import ServiceManagerAlerted, TicketEscalated
from shared.events.ids import derived_id, new_id
from shared.events.people import Actor, Contact
from shared.events.sla import DeadlineBreached
from shared.events.ticket import CommentAdded, ContractTerms, Priority, TicketOpened, Visibility

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
AGENT = Actor(id="agent", party="support", role="agent")
CLIENT = Actor(id="client", party="customer", role="client")
REPORTER = Contact(name="Åsa Öst", email="asa.ost@acme.example")
MANAGER = Contact(name="Ylva Exempel", email="ylva.exempel@acme.example")
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HUBS = ContractTerms(
    id="hubs",
    policy="hubs",
    timezone="Europe/Stockholm",
    locale="sv",
    lines=2,
    escalate_at_once=("P1",),
    alert_service_manager=("P1", "P2"),
)
DEMO = ContractTerms(id="demo", policy="demo", timezone="Europe/Stockholm", locale="en", lines=3)
"""Without escalation at once."""


def fact(event: Event, ticket: UUID, *, version: int = 1, minute: float = 0) -> Recorded:
    at = START + timedelta(minutes=minute)
    return Recorded(
        id=derived_id(ticket, type_name(event), f"{version}/{minute}"),
        type=type_name(event),
        source=BY_CLASS[type(event)].source,
        subject=ticket,
        version=version,
        tenant="acme",
        time=at,
        recorded_at=at,
        correlation_id=derived_id(ticket, "correlation"),
        causation_id=None,
        traceparent=TRACEPARENT,
        data=event,
    )


def opened(
    *,
    contract: ContractTerms = HUBS,
    subject: str = "Kan inte logga in",
    reporter: Contact | None = REPORTER,
    manager: Contact | None = MANAGER,
    priority: Priority | None = "P1",
) -> TicketOpened:
    return TicketOpened(
        number="2026-000123",
        customer="acme",
        contract=contract,
        type="incident",
        channel="api",
        registered_at=START,
        by=CLIENT,
        priority=priority,
        subject=subject,
        reporter=reporter,
        service_manager=manager,
    )


def comment(body: str, *, visibility: Visibility = "public", by: Actor = AGENT) -> CommentAdded:
    return CommentAdded(comment_id="1", visibility=visibility, by=by, body=body)


ESCALATED = TicketEscalated(from_line=1, to_line=2, team="line-2", cause="priority", cause_id="P1")
ALERTED = ServiceManagerAlerted(reason="priority", cause_id="P1", priority="P1")
BREACHED = DeadlineBreached(
    deadline_id="d1", kind="response", commitment="promise", due_at=START, detected_at=START
)


TEAMS = Teams(domain="support.example")


def policy(*, listed: Sequence[Team] = (), quiet: Quiet | None = None, window: float = 0) -> Policy:
    return Policy(
        Teams(domain="support.example", listed=tuple(listed)), quiet or {}, timedelta(seconds=window)
    )


def postbox(wording: Wording | None = None) -> Postbox:
    return Postbox("support@stafett.example", "http://127.0.0.1:8000", wording or Wording())


def mail(*rows: Claimed) -> Mail:
    return Mail(rows[0], rows[1:])


def row(event: Event, opening: TicketOpened | None = None, address: str = "asa.ost@acme.example") -> Claimed:
    """A claimed row that tells of `event` to the first it is told to, on a ticket opened by `opening`."""
    ticket_id = new_id()
    opening = opening or (event if isinstance(event, TicketOpened) else opened())
    ticket = observe(Ticket(), fact(opening, ticket_id))
    about = fact(event, ticket_id, version=1 if event is opening else 2)
    notice = notices_of(about, ticket)[0]
    return Claimed(
        id=row_id(about.id, notice.recipient),
        ticket_id=ticket_id,
        tenant="acme",
        event_id=about.id,
        event_time=about.time,
        correlation_id=about.correlation_id,
        traceparent=TRACEPARENT,
        recipient=notice.recipient,
        template=notice.template,
        facts=notice.facts,
        address=address,
        attempts=1,
        ambiguities=0,
        created_at=START,
        ticket=ticket,
    )
