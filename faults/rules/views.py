"""What anyone is shown, held against a fold of the feeds that the checker makes itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from faults.evidence import TOPICS, Event, Evidence, instant
from faults.rules.clocks import due_of, state_of

_STATES = {"retracted": "running"}
_FIRST_ACTS = (
    *("TicketCategorised", "SupplierAwaited", "ResolutionDateAgreed", "ResolutionExpected"),
    *("ContractChanged", "TicketMerged", "TicketSplit"),
)
_SOURCES = {source: source.removeprefix("/") for source in TOPICS}


def _status(stream: list[Event]) -> tuple[str, str | None]:
    status, priority = "new", None
    for event in stream:
        data = event.data
        match event.type:
            case "TicketOpened":
                priority = data["priority"]
            case "TicketPrioritised":
                priority, status = data["priority"], "open" if status == "new" else status
            case "CommentAdded" if data["by"]["party"] == "support" and not data["automatic"]:
                status = "open" if status == "new" else status
            case "CustomerQuestioned":
                status = "waiting"
            case "WorkStarted" | "CustomerAnswered" | "TicketReopened":
                status = "open"
            case kind if kind in _FIRST_ACTS:
                status = "open" if status == "new" else status
            case "TicketResolved":
                status = "resolved"
            case "TicketClosed":
                status = "closed"
    return status, priority


def _folded(evidence: Evidence, ticket: str) -> dict[str, Any]:
    stream, opened = evidence.stream("/intake", ticket), evidence.tickets[ticket].data
    status, priority = _status(stream)
    lines = [
        event.data.get("to_line", event.data.get("line")) for event in evidence.stream("/escalation", ticket)
    ]
    return {
        "number": opened["number"],
        "customer": opened["customer"],
        "subject": opened["subject"],
        "status": status,
        "priority": priority,
        "version": len(stream),
        "updated_at": max(event.time for source in TOPICS for event in evidence.stream(source, ticket)),
        "line": next((line for line in reversed(lines) if line is not None), None),
        "deadlines": _deadlines(evidence, ticket),
        "timeline": {("/intake", event.version) for event in stream},
    }


def _deadlines(evidence: Evidence, ticket: str) -> dict[str, tuple[str, str, datetime]]:
    found = {}
    for deadline in {event.data["deadline_id"] for event in evidence.stream("/sla-engine", ticket)}:
        story = evidence.deadlines[ticket, deadline]
        state = state_of(story)
        begun = story[0].data
        found[deadline] = (begun["kind"], _STATES.get(state, state), due_of(story))
    return found


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        name: document.get(name)
        for name in ("number", "customer", "subject", "status", "priority", "version")
    }
    shown["updated_at"] = instant(document["updated_at"])
    shown["line"] = document["routing"]["line"]
    shown["deadlines"] = {
        d["id"]: (d["kind"], d["state"], instant(d["due_at"])) for d in document["deadlines"]
    }
    shown["timeline"] = {
        ("/" + item["source"].removeprefix("/"), item["version"])
        for item in document["timeline"]
        if item["source"].removeprefix("/") == "intake"
    }
    return shown


def shown_as_folded(evidence: Evidence) -> Iterator[str]:
    """The read model shows each ticket as the feeds tell it: state, line, deadlines and timeline."""
    for ticket in evidence.tickets:
        document = evidence.shown.get(ticket)
        if document is None:
            yield f"{ticket} is not shown"
            continue
        folded, shown = _folded(evidence, ticket), _shown(document)
        wrong = {name: (shown[name], value) for name, value in folded.items() if shown[name] != value}
        if wrong:
            yield f"{ticket} (shown, folded): {_short(wrong)}"


def _short(wrong: dict[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Of deadlines and timelines only what differs."""
    found: dict[str, Any] = {}
    for name, (shown, folded) in wrong.items():
        match shown, folded:
            case dict(), dict():
                keys = sorted(k for k in shown | folded if shown.get(k) != folded.get(k))
                found[name] = {key: (shown.get(key), folded.get(key)) for key in keys}
            case set(), set():
                found[name] = (sorted(shown - folded), sorted(folded - shown))
            case _:
                found[name] = (shown, folded)
    return found


def drained(evidence: Evidence) -> Iterator[str]:
    """Everything has arrived: the read model has heard each stream to its end, within the harness's bound."""
    if evidence.drained:
        yield evidence.drained
    for (source, ticket), stream in evidence.streams.items():
        if ticket not in evidence.shown:
            continue
        heard = evidence.shown[ticket]["versions"].get(_SOURCES[source], 0)
        if heard != len(stream):
            yield f"{ticket}: {source} is at {len(stream)}, the read model at {heard}"


def late_subscriber_holds_all(evidence: Evidence) -> Iterator[str]:
    """Whoever began later, from the feed and then the topics, holds every event once and in order."""
    if evidence.late is None:
        return
    for at, stream in evidence.streams.items():
        held = evidence.late.get(at, [])
        if held != [event.id for event in stream]:
            yield f"{at}: {len(held)} of {len(stream)} events, or in another order"
    for at in evidence.late.keys() - evidence.streams.keys():
        yield f"{at}: held, but not in the feed"
