"""Deadlines: begun as the terms say, ended exactly once, judged by when things happened."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from faults.evidence import Event, Evidence, instant

OVERDUE = timedelta(seconds=15)
"""How long after its due instant a deadline may still be without an end when the evidence is read."""
HOLDING = timedelta(seconds=5)
"""A partition counts as lagging once its newest progress mark is 3 s old; breaches are held from then on."""

_NEXT = {
    ("running", "DeadlineWarned"): "running",
    ("running", "DeadlineMet"): "met",
    ("running", "DeadlineBreached"): "breached",
    ("running", "DeadlineCancelled"): "cancelled",
    ("running", "DeadlineSuperseded"): "superseded",
    ("running", "DeadlinePaused"): "paused",
    ("paused", "DeadlineResumed"): "running",
    ("paused", "DeadlineMet"): "met",
    ("paused", "DeadlineCancelled"): "cancelled",
    ("paused", "DeadlineSuperseded"): "superseded",
    ("retracted", "DeadlinePaused"): "paused",
    ("breached", "DeadlineMet"): "met_late",
    ("breached", "BreachRetracted"): "retracted",
    ("retracted", "DeadlineMet"): "met",
    ("retracted", "DeadlineCancelled"): "cancelled",
    ("retracted", "DeadlineSuperseded"): "superseded",
    ("retracted", "DeadlineBreached"): "breached",
}


def state_of(story: list[Event]) -> str:
    """What has become of a deadline; an impossible story says where it went wrong."""
    first, *rest = story
    if first.type != "DeadlineStarted":
        return f"impossible: begins with {first.type}"
    state, warned = "running", set[str]()
    for event in rest:
        following = _NEXT.get((state, event.type))
        if following is None:
            return f"impossible: {event.type} when {state}"
        if event.type == "DeadlineWarned" and event.data["reason"] in warned:
            return f"impossible: warned twice of {event.data['reason']}"
        if event.type == "DeadlineMet" and event.data["late"] != (following == "met_late"):
            return f"impossible: late={event.data['late']} when {state}"
        if event.type == "DeadlineWarned":
            warned.add(event.data["reason"])
        state = following
    return state


def due_of(story: list[Event]) -> datetime:
    """When a deadline falls due, by the newest event that says so."""
    told = ("DeadlineStarted", "DeadlineResumed", "DeadlineMoved")
    return next(instant(event.data["due_at"]) for event in reversed(story) if event.type in told)


def deadlines_start(evidence: Evidence) -> Iterator[str]:
    """Each ticket's first deadlines are those that the engine previews for it, with the same due instants."""
    for ticket, expected in evidence.previews.items():
        began = {
            event.data["kind"]: instant(event.data["due_at"])
            for event in reversed(evidence.stream("/sla-engine", ticket))
            if event.type == "DeadlineStarted"
        }
        for promised in expected:
            due = began.get(promised["kind"])
            if due != instant(promised["due_at"]):
                yield f"{ticket}: {promised['kind']} due {promised['due_at']}, started as {due}"


def exactly_one_end(evidence: Evidence) -> Iterator[str]:
    """A deadline ends as one of met, breached (perhaps met late), cancelled, superseded; warned once."""
    for (ticket, deadline), story in evidence.deadlines.items():
        state = state_of(story)
        if state.startswith("impossible") or state == "retracted":
            yield f"{ticket} {story[0].data['kind']} {deadline}: {state}"


def ends_when_due(evidence: Evidence) -> Iterator[str]:
    """What has fallen due has ended."""
    for (ticket, deadline), story in evidence.deadlines.items():
        due = due_of(story)
        if state_of(story) == "running" and due + OVERDUE < evidence.at:
            yield f"{ticket} {story[0].data['kind']} {deadline}: due {due}, runs on at {evidence.at}"


def evidence_for(evidence: Evidence, ticket: str, started: Event) -> list[datetime]:
    """When the ticket got what that deadline asks for (R0), since it began.

    Work counts from before too: a deadline that a changed priority brings is held against what was done.
    """
    kind, urgent = started.data["kind"], False
    found: list[datetime] = []
    for event in evidence.stream("/intake", ticket):
        if event.type in ("TicketOpened", "TicketPrioritised"):
            urgent = event.data["priority"] == "P1"
        worked = event.type == "WorkStarted" and (kind == "work_started" or (kind == "response" and urgent))
        if worked or (_ends(event, kind) and event.time > started.time):
            found.append(event.time)
    if kind == "line_limit":
        moves = evidence.stream("/escalation", ticket)
        left = (e for e in moves if e.data.get("to_line", e.data.get("line", 1)) > 1)
        # It is left once; the move that the limit's own breach causes is dated by it, and disproves nothing.
        first = next(left, None)
        if first is not None and first.data.get("cause_id") != started.data["deadline_id"]:
            found.append(first.time)
    return found


def _ends(event: Event, kind: str) -> bool:
    support = event.data["by"]["party"] == "support"
    match event.type:
        case "TicketPrioritised":
            return kind == "triage" and support
        case "CustomerQuestioned":
            return kind in ("response", "customer_update")
        case "CommentAdded":
            word = support and event.data["visibility"] == "public"
            return word and kind in ("response", "customer_update")
        case "TicketResolved":
            return kind not in ("line_limit", "review")
        case "ReviewCompleted":
            return kind == "review"
        case _:
            return False


def _happened(evidence: Evidence, ticket: str) -> set[datetime]:
    """Instants at which something happened that may meet a deadline: registration by support, and work."""
    found = set()
    for event in evidence.stream("/intake", ticket):
        by_support = event.data["by"]["party"] == "support"
        if event.type == "WorkStarted" or (event.type == "TicketOpened" and by_support):
            found.add(event.time)
    return found


def no_false_breach(evidence: Evidence) -> Iterator[str]:
    """Nothing done by its due instant stands as breached; none was even told while Kafka was away."""
    for (ticket, deadline), story in evidence.deadlines.items():
        breach = next((event for event in story if event.type == "DeadlineBreached"), None)
        if breach is None:
            continue
        due, detected = instant(breach.data["due_at"]), instant(breach.data["detected_at"])
        retracted = any(event.type == "BreachRetracted" for event in story)
        in_time = [when for when in evidence_for(evidence, ticket, story[0]) if when <= due]
        what = f"{ticket} {breach.data['kind']} {deadline}: due {due}, detected {detected}"
        if detected < due:
            yield f"{what}: before it was due"
        if in_time and not retracted:
            yield f"{what}, but done {in_time[0]}"
        if retracted and any(o.what == "kafka" and o.covers(detected) for o in evidence.outages):
            yield f"{what}: told while Kafka was away, and retracted"


def met_by_evidence(evidence: Evidence) -> Iterator[str]:
    """A deadline is met at the instant of an event that meets it, and late exactly when that is past due."""
    for (ticket, deadline), story in evidence.deadlines.items():
        for event in story:
            if event.type != "DeadlineMet":
                continue
            met, due = instant(event.data["met_at"]), instant(event.data["due_at"])
            if event.data["late"] != (met > due):
                yield f"{ticket} {event.data['kind']} {deadline}: met {met}, due {due}, wrongly late or not"
            causes = {*evidence_for(evidence, ticket, story[0]), *_happened(evidence, ticket)}
            if met not in causes:
                yield f"{ticket} {event.data['kind']} {deadline}: nothing happened at {met} that meets it"


_PAUSED = ("resolution", "line_limit")
_GOES_ON = ("CustomerAnswered", "WorkStarted", "TicketReopened", "TicketResolved", "TicketClosed")
_ENDS = ("DeadlineMet", "DeadlineBreached", "DeadlineCancelled", "DeadlineSuperseded")


def _waits(evidence: Evidence, ticket: str) -> Iterator[tuple[datetime, datetime | None]]:
    """When the ticket waited for its customer: from a question until the answer, or until it went on."""
    since: datetime | None = None
    for event in evidence.stream("/intake", ticket):
        if event.type == "CustomerQuestioned" and since is None:
            since = event.time
        elif event.type in _GOES_ON and since is not None:
            yield since, event.time
            since = None
    if since is not None:
        yield since, None


def waiting_stops_the_clock(evidence: Evidence) -> Iterator[str]:
    """Under `demo`, open at all hours, a wait moves what is due by as long as it lasted, and nothing else."""
    for (ticket, deadline), story in evidence.deadlines.items():
        begun = story[0]
        terms = evidence.tickets[ticket].data["contract"]
        if terms["id"] != "demo" or begun.data["kind"] not in _PAUSED or begun.data.get("agreed"):
            continue
        ended = next((event.time for event in story if event.type in _ENDS), None)
        due = instant(begun.data["due_at"])
        what = f"{ticket} {begun.data['kind']} {deadline}"
        for start, end in _waits(evidence, ticket):
            if not begun.time <= start < due or (ended is not None and ended <= start):
                continue
            if not any(e.type == "DeadlinePaused" and instant(e.data["paused_at"]) == start for e in story):
                yield f"{what}: not paused at {start}"
            elif end is not None and (ended is None or ended > end):
                due += end - start
                resumed = [instant(e.data["due_at"]) for e in story if e.type == "DeadlineResumed"]
                if due not in resumed:
                    yield f"{what}: resumed at {end} it is due {due}, and not {resumed}"
        if due_of(story) != due:
            yield f"{what}: due {due_of(story)}, reckoned {due}"


def breaches_held(evidence: Evidence) -> Iterator[str]:
    """While Kafka is away evidence may be on its way: no breach is established until it is back."""
    for outage in evidence.outages:
        if outage.what != "kafka":
            continue
        for event in evidence.feeds.get("/sla-engine", []):
            if event.type == "DeadlineBreached":
                detected = instant(event.data["detected_at"])
                if outage.began + HOLDING < detected < outage.ended:
                    yield f"{event.subject} {event.data['kind']}: established {detected}, Kafka still away"
