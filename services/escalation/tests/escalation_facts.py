"""Facts of one ticket, as the other services tell them: for given/when/then."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.events.catalogue import BY_CLASS, type_name
from shared.events.envelope import Event, Recorded
from shared.events.ids import derived_id
from shared.events.people import Actor
from shared.events.sla import BreachRetracted, DeadlineBreached, DeadlineKind, DeadlineStarted
from shared.events.ticket import (
    Category,
    ContractChanged,
    ContractTerms,
    Priority,
    TicketCategorised,
    TicketClosed,
    TicketOpened,
    TicketPrioritised,
    TicketReopened,
    TicketResolved,
)

TICKET = UUID("01900000-0000-7000-8000-000000000001")
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
AGENT = Actor(id="agent", party="support", role="agent")
CLIENT = Actor(id="client", party="customer", role="client")
HUBS = ContractTerms(
    id="hubs",
    policy="hubs",
    timezone="Europe/Stockholm",
    locale="sv",
    lines=2,
    escalate_at_once=("P1",),
    alert_service_manager=("P1", "P2"),
)
THREE_LINES = ContractTerms(
    id="demo",
    policy="demo",
    timezone="Europe/Stockholm",
    locale="en",
    lines=3,
    escalate_at_once=("P1",),
    alert_service_manager=("P1", "P2"),
)
TIMECARE = ContractTerms(
    id="timecare",
    policy="timecare",
    timezone="Europe/Stockholm",
    locale="sv",
    lines=3,
    escalate_at_once=("P1",),
    alert_service_manager=("P1", "P2"),
    priority_is_wish=True,
)


def minute(n: float) -> datetime:
    return START + timedelta(minutes=n)


def recorded(
    event: Event,
    at: datetime,
    *,
    name: str = "",
    subject: UUID = TICKET,
    version: int = 1,
    cause: UUID | None = None,
) -> Recorded:
    return Recorded(
        id=derived_id(subject, type_name(event), f"{at.isoformat()}{name}"),
        type=type_name(event),
        source=BY_CLASS[type(event)].source,
        subject=subject,
        version=version,
        tenant="acme",
        time=at,
        recorded_at=at,
        correlation_id=derived_id(subject, "correlation"),
        causation_id=cause,
        traceparent=None,
        data=event,
    )


def opened(
    contract: ContractTerms,
    priority: Priority | None = None,
    at: float = 0,
    category: Category | None = None,
) -> Recorded:
    event = TicketOpened(
        number="2026-000001",
        customer="acme",
        contract=contract,
        type="incident",
        channel="api",
        registered_at=minute(at),
        by=CLIENT,
        priority=priority,
        category=category,
    )
    return recorded(event, minute(at))


def prioritised(priority: Priority, at: float) -> Recorded:
    event = TicketPrioritised(priority=priority, previous=None, basis="correction", by=AGENT)
    return recorded(event, minute(at))


def categorised(category: Category, at: float) -> Recorded:
    return recorded(TicketCategorised(category=category, previous=None, by=AGENT), minute(at))


def contract_changed(contract: ContractTerms, at: float) -> Recorded:
    return recorded(ContractChanged(contract=contract, previous="before", by=AGENT), minute(at))


def reopened(at: float) -> Recorded:
    return recorded(TicketReopened(previous="resolved", by=CLIENT), minute(at))


def begun(cause: Recorded, *, in_support_hours: bool, kind: DeadlineKind = "resolution") -> Recorded:
    """A clock that began upon `cause`."""
    event = DeadlineStarted(
        deadline_id=f"{kind}-of-{cause.id}",
        kind=kind,
        due_at=cause.time + timedelta(hours=8),
        warn_at=None,
        received_at=cause.time,
        commitment="aim",
        in_support_hours=in_support_hours,
        generation=1,
        policy="hubs",
        policy_version="1",
        calendar_version="1",
        tzdata_version="1",
    )
    return recorded(event, cause.time, name=kind, subject=cause.subject, cause=cause.id)


def resolved(at: float) -> Recorded:
    return recorded(TicketResolved(by=AGENT), minute(at))


def closed(at: float) -> Recorded:
    return recorded(TicketClosed(by=AGENT, resolved=False), minute(at))


def breached(
    kind: DeadlineKind,
    due: float,
    *,
    found: float | None = None,
    since: float | None = None,
    name: str = "",
    of: Recorded | None = None,
) -> Recorded:
    """`found`: when the engine came to it; `since`: when a change began the deadline, past its due; `of`: the
    breach of the same deadline that was retracted."""
    detected = minute(due if found is None else found)
    event = DeadlineBreached(
        deadline_id=of.data.deadline_id if of else f"{kind}-{name or due}",  # type: ignore[union-attr]
        kind=kind,
        commitment="aim",
        due_at=minute(due),
        detected_at=detected,
    )
    return recorded(event, minute(due if since is None else since), name=name)


def retracted(breach: Recorded, met: float) -> Recorded:
    assert isinstance(breach.data, DeadlineBreached)
    event = BreachRetracted(
        deadline_id=breach.data.deadline_id,
        kind=breach.data.kind,
        due_at=breach.data.due_at,
        met_at=minute(met),
    )
    return recorded(event, minute(met))
