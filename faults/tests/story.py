"""The evidence of one urgent ticket on which all went well: what the tests of the rules tamper with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from faults.evidence import TOPICS, Arrival, Event, Evidence, Mail
from faults.journal import Attempt, Write

BEGAN = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)
TICKET = "01a2071a-0c65-77c3-a17d-d050112a2ca6"
EMAIL = "w000001@fast.example"
NUMBER = "2026-000001"
SUPPORT, CUSTOMER = {"party": "support"}, {"party": "customer"}
TERMS = {
    "id": "demo",
    "lines": 3,
    "escalate_at_once": ["P1"],
    "alert_service_manager": ["P1", "P2"],
    "priority_is_wish": False,
}
KINDS = {"response": 10, "work_started": 10, "resolution": 25}


def after(seconds: float) -> datetime:
    """An instant of the story."""
    return BEGAN + timedelta(seconds=seconds)


def event(source: str, version: int, told: str, seconds: float, /, **data: Any) -> Event:
    """One event, with an id that follows from its place."""
    identity = str(uuid5(NAMESPACE_OID, f"{source}/{version}"))
    return Event(source, TICKET, version, identity, told, after(seconds), after(seconds), data)


def clock(version: int, kind: str, told: str, seconds: float, **data: Any) -> Event:
    """One of the engine's events."""
    return event("/sla-engine", version, told, seconds, deadline_id=f"{kind}-1", kind=kind, **data)


def intake() -> list[Event]:
    """Opened, worked on, answered, resolved: all within ten seconds."""
    opened = {
        "number": NUMBER,
        "customer": "fast",
        "contract": TERMS,
        "priority": "P1",
        "subject": "Fault w000001",
    }
    opened |= {"description": "Something broke", "reporter": {"name": "R", "email": EMAIL}, "by": CUSTOMER}
    word = {"body": "Word: w000003", "visibility": "public", "automatic": False, "by": SUPPORT}
    return [
        event("/intake", 1, "TicketOpened", 0, **opened),
        event("/intake", 2, "WorkStarted", 2, by=SUPPORT),
        event("/intake", 3, "CommentAdded", 4, **word),
        event("/intake", 4, "TicketResolved", 7, by=SUPPORT, solution="Solved: w000004"),
    ]


def engine() -> list[Event]:
    """Three clocks begun, and met when the work, and the solution, came."""
    due = {kind: after(seconds).isoformat() for kind, seconds in KINDS.items()}
    begun = [
        clock(number, kind, "DeadlineStarted", 0, due_at=due[kind], received_at=after(0).isoformat())
        for number, kind in enumerate(KINDS, start=1)
    ]
    met = [
        clock(number, kind, "DeadlineMet", at, due_at=due[kind], met_at=after(at).isoformat(), late=False)
        for number, (kind, at) in enumerate(
            {"response": 2, "work_started": 2, "resolution": 7}.items(), start=4
        )
    ]
    return begun + met


def escalation() -> list[Event]:
    """On line 1, at once on line 2, and the service manager alerted."""
    moved = {"from_line": 1, "to_line": 2, "cause": "priority", "cause_id": "P1"}
    return [
        event("/escalation", 1, "TicketRouted", 0, line=1),
        event("/escalation", 2, "TicketEscalated", 0, **moved),
        event("/escalation", 3, "ServiceManagerAlerted", 0, reason="priority", cause_id="P1"),
    ]


def notifier() -> list[Event]:
    """Told of the opening, the word and the solution; the service manager of the alert."""
    causes = [
        (intake()[0], "ticket_opened", "reporter"),
        (intake()[2], "comment_added", "reporter"),
        (intake()[3], "ticket_resolved", "reporter"),
        (escalation()[2], "service_manager_alerted", "service_manager"),
    ]
    return [
        event(
            "/notifier",
            n,
            "NotificationSent",
            8,
            about=cause.id,
            template=template,
            recipient=to,
            channel="email",
        )
        for n, (cause, template, to) in enumerate(causes, start=1)
    ]


def writes() -> list[Write]:
    """What the clients hold."""
    tried = [Attempt(after(0), 0.01, 201, clean=True)]
    opened = {"id": TICKET, "number": NUMBER, "version": 1}
    body = {"subject": "Fault w000001", "description": "Something broke"}
    return [
        Write("open", "w000001", "fast", body, TICKET, "acknowledged", 1, opened, dict(opened), list(tried)),
        Write("work", "w000002", "fast", {}, TICKET, "acknowledged", 2, attempts=list(tried)),
        Write(
            *("comment", "w000003", "fast", {"body": "Word: w000003", "visibility": "public"}, TICKET),
            *("acknowledged", 3),
        ),
        Write("resolve", "w000004", "fast", {"solution": "Solved: w000004"}, TICKET, "acknowledged", 4),
    ]


def shown() -> dict[str, Any]:
    """The read model's answer."""
    return {
        **{"number": NUMBER, "customer": "fast", "subject": "Fault w000001", "status": "resolved"},
        **{"priority": "P1", "version": 4, "updated_at": after(8).isoformat(), "routing": {"line": 2}},
        "deadlines": [
            {"id": f"{kind}-1", "kind": kind, "state": "met", "due_at": after(due).isoformat()}
            for kind, due in KINDS.items()
        ],
        "timeline": [{"source": "/intake", "version": version} for version in range(1, 5)],
        "versions": {"intake": 4, "sla-engine": 6, "escalation": 3, "notifier": 4},
    }


def evidence() -> Evidence:
    """All of it."""
    feeds = {
        "/intake": intake(),
        "/sla-engine": engine(),
        "/escalation": escalation(),
        "/notifier": notifier(),
    }
    arrivals = [
        Arrival(one, TOPICS[source], 7, offset, TICKET)
        for source, events in feeds.items()
        for offset, one in enumerate(events)
    ]
    promised = [{"kind": kind, "due_at": after(due).isoformat()} for kind, due in KINDS.items()]
    mails = [Mail(EMAIL, f"<{n}@stafett.example>", f"[{NUMBER}] {n}", f"text {n}") for n in range(3)]
    mails.append(Mail("maja.exempel@fast.example", "<3@stafett.example>", f"[{NUMBER}] P1", "alert"))
    late = {(source, TICKET): [one.id for one in events] for source, events in feeds.items()}
    return Evidence(
        *(writes(), arrivals, feeds, {TICKET: shown()}, {TICKET: promised}, mails, after(60)), late=late
    )
