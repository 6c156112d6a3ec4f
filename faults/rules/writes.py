"""What clients were answered, held against intake's own history."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from faults.evidence import Event, Evidence
from faults.journal import Kind, Write

TYPES: dict[Kind, str] = {
    "open": "TicketOpened",
    "comment": "CommentAdded",
    "priority": "TicketPrioritised",
    "work": "WorkStarted",
    "question": "CustomerQuestioned",
    "wait": "SupplierAwaited",
    "agree": "ResolutionDateAgreed",
    "resolve": "TicketResolved",
    "close-request": "ClosureRequested",
    "close": "TicketClosed",
    "reopen": "TicketReopened",
    "survey": "SurveyAnswered",
    "review-complete": "ReviewCompleted",
}
_SAME = ("id", "number", "version", "status", "priority", "subject", "registered_at", "updated_at")
_FOLLOWS_AT_ONCE = {"CustomerAnswered", "ReviewOpened", "ReviewWithdrawn"}
"""What comes right behind the event that was asked for: the end of a wait, a review opened or taken back."""
_RESTART = 15.0
"""Seconds around an outage of intake in which a connection may break: a process that is starting."""


def acknowledged_is_stored(evidence: Evidence) -> Iterator[str]:
    """Every 2xx is in the ticket's history at the version that was answered, with what was sent."""
    for write in evidence.writes:
        if not write.acknowledged:
            continue
        stream = evidence.stream("/intake", write.ticket or "")
        found = next((event for event in stream if event.version == write.version), None)
        if found is not None and found.type in _FOLLOWS_AT_ONCE:
            found = next((event for event in stream if event.version == write.version - 1), None)
        if found is None:
            yield f"{write.kind} {write.token}: {write.ticket} has no version {write.version}"
        elif fault := _differs(write, found):
            yield f"{write.kind} {write.token}: {write.ticket} v{write.version} {fault}"


def _differs(write: Write, event: Event) -> str:
    if event.type != TYPES[write.kind]:
        return f"is {event.type}"
    data, body = event.data, write.body
    expected: dict[str, Any]
    match write.kind:
        case "open":
            expected = {"subject": body["subject"], "description": body["description"]}
            expected |= {"customer": write.customer, "number": write.answer["number"]}
        case "comment":
            expected = {"body": body["body"], "visibility": body["visibility"]}
        case "priority":
            expected = {"priority": body["priority"], "reason": body["reason"]}
        case "resolve":
            expected = {"solution": body["solution"]}
        case "question":
            expected = {"body": body["body"]}
        case "wait":
            expected = {"reference": body["reference"]}
        case "agree":
            expected = {"agreed_by": body["agreed_by"]}
        case "reopen":
            expected = {"reason": body["reason"]}
        case "review-complete":
            expected = {"root_cause": body["root_cause"]}
        case "survey":
            expected = {"score": body["score"], "comment": body["comment"]}
        case "work" | "close" | "close-request":
            expected = {}
    wrong = {name: data.get(name) for name, value in expected.items() if data.get(name) != value}
    return f"holds {wrong}" if wrong else ""


def written_once(evidence: Evidence) -> Iterator[str]:
    """Sending again with the same key changes nothing; what was refused left no trace."""
    sure, perhaps = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for write in evidence.writes:
        if write.ticket is not None and write.outcome != "refused":
            counted = sure if write.acknowledged else perhaps
            counted[write.ticket, TYPES[write.kind]] += 1
    unknown_opens = sum(w.kind == "open" and w.outcome == "unknown" for w in evidence.writes)
    strangers = 0
    stored = Counter((e.subject, e.type) for e in evidence.feeds.get("/intake", []))
    for (ticket, kind), count in sorted(stored.items()):
        at, most = (ticket, kind), sure[ticket, kind] + perhaps[ticket, kind]
        if kind == "TicketOpened" and not most:
            strangers += 1
        elif kind in TYPES.values() and not sure[at] <= count <= most:
            yield f"{ticket} has {count} {kind}, of which clients know {most}"
    if strangers > unknown_opens:
        yield f"{strangers} tickets that no client was told of, of at most {unknown_opens}"


def same_key_same_answer(evidence: Evidence) -> Iterator[str]:
    """A repetition with the same key and body gets the first answer again, re-folded."""
    for write in evidence.writes:
        if write.again is None:
            continue
        wrong = {n: (write.answer.get(n), write.again.get(n)) for n in _SAME}
        wrong = {name: pair for name, pair in wrong.items() if pair[0] != pair[1]}
        if wrong:
            yield f"{write.kind} {write.token} on {write.ticket}: {wrong}"


def refusals_are_clean(evidence: Evidence) -> Iterator[str]:
    """Each answer is a 2xx or a problem, a 503 with Retry-After; none at all only while intake is away."""
    away = [outage for outage in evidence.outages if outage.what in ("intake", "intake-frozen")]
    for write in evidence.writes:
        for attempt in write.attempts:
            excused = any(outage.covers(attempt.began, _RESTART) for outage in away)
            if not attempt.clean and not (attempt.status == 0 and excused):
                yield f"{write.kind} {write.token} at {attempt.began}: {attempt.status} {attempt.problem}"


def accepts_without_kafka(evidence: Evidence) -> Iterator[str]:
    """While Kafka is away every write is answered as ever, and tickets are opened."""
    for outage in evidence.outages:
        if outage.what != "kafka":
            continue
        tried = [
            (write, attempt)
            for write in evidence.writes
            for attempt in write.attempts
            if outage.covers(attempt.began)
        ]
        for write, attempt in tried:
            if attempt.status in (0, 503):
                yield f"{write.kind} {write.token} at {attempt.began}: {attempt.status} {attempt.problem}"
        if not any(write.kind == "open" and attempt.status == 201 for write, attempt in tried):
            yield f"no ticket was opened between {outage.began} and {outage.ended}"
