"""Lines and alerts: a ticket moves, and its service manager is told, once per cause."""

from collections import Counter
from collections.abc import Collection, Iterator

from faults.evidence import Event, Evidence, instant


def _priorities(evidence: Evidence, ticket: str) -> list[str]:
    kinds = ("TicketOpened", "TicketPrioritised")
    held = [e.data["priority"] for e in evidence.stream("/intake", ticket) if e.type in kinds]
    return [priority for priority in held if priority]


def _of(evidence: Evidence, ticket: str, kind: str) -> list[Event]:
    return [event for event in evidence.stream("/escalation", ticket) if event.type == kind]


def _causes(evidence: Evidence, ticket: str) -> Counter[str]:
    """How often each cause came: a priority anew with each reopening, a deadline with each breach of it."""
    breaches = [e for e in evidence.stream("/sla-engine", ticket) if e.type == "DeadlineBreached"]
    again = sum(event.type == "TicketReopened" for event in evidence.stream("/intake", ticket))
    causes = Counter(event.data["deadline_id"] for event in breaches)
    return causes + Counter(dict.fromkeys(_priorities(evidence, ticket), 1 + again))


def _at_once(evidence: Evidence, ticket: str) -> set[str]:
    terms = evidence.tickets[ticket].data["contract"]
    return set() if terms["priority_is_wish"] else set(terms["escalate_at_once"])


def routed_once(evidence: Evidence) -> Iterator[str]:
    """Every ticket starts on line 1, and is laid there once (a retraction may lay it back)."""
    for ticket in evidence.tickets:
        stream = evidence.stream("/escalation", ticket)
        routed = _of(evidence, ticket, "TicketRouted")
        retracted = any(e.type == "BreachRetracted" for e in evidence.stream("/sla-engine", ticket))
        if not routed or stream[0] is not routed[0] or routed[0].data["line"] != 1:
            yield f"{ticket} does not begin on line 1: {[event.type for event in stream]}"
        elif len(routed) > 1 and not retracted:
            yield f"{ticket} was routed {len(routed)} times"


def escalated_once(evidence: Evidence) -> Iterator[str]:
    """A priority that escalates at once does so once; so does every other cause."""
    for ticket in evidence.tickets:
        escalated = _of(evidence, ticket, "TicketEscalated")
        causes = Counter(event.data["cause_id"] for event in escalated)
        breaches = _causes(evidence, ticket)
        for cause, count in causes.items():
            # Once for its priority, whatever is reopened.
            if count > (1 if cause in _at_once(evidence, ticket) else max(1, breaches[cause])):
                yield f"{ticket} escalated {count} times for {cause}"
        urgent = _at_once(evidence, ticket) & set(_priorities(evidence, ticket))
        by_line_limit = any(event.data["cause"] == "line_limit_breached" for event in escalated)
        if urgent and not urgent & set(causes) and not by_line_limit:
            yield f"{ticket} held {sorted(urgent)} and was not escalated for it"


def alerted_once(evidence: Evidence) -> Iterator[str]:
    """The service manager is told of an urgent priority, and of a breach on one, exactly once each."""
    for ticket, opened in evidence.tickets.items():
        alerts = Counter(e.data["cause_id"] for e in _of(evidence, ticket, "ServiceManagerAlerted"))
        came = _causes(evidence, ticket)
        for cause, count in alerts.items():
            if count > max(1, came[cause]):
                yield f"{ticket} alerted {count} times of {cause}"
        held = set(_priorities(evidence, ticket))
        for urgent in sorted(_at_once(evidence, ticket) & held):
            if urgent not in alerts:
                yield f"{ticket} held {urgent}, of which the service manager was not alerted"
        named = set() if opened.data["contract"]["priority_is_wish"] else held
        # What fell due before a ticket was given its priority concerns nobody beyond the team.
        all_along = held == {opened.data["priority"]}
        if all_along and named <= set(opened.data["contract"]["alert_service_manager"]):
            for deadline in _standing(evidence, ticket) if named else []:
                if deadline not in alerts:
                    yield f"{ticket}: breach {deadline}, of which the service manager was not alerted"


def _standing(evidence: Evidence, ticket: str, kinds: Collection[str] = ()) -> list[str]:
    """Breaches (of `kinds`, or any) that were not retracted, and fell due before the ticket's end."""
    ended = ("TicketResolved", "TicketClosed")
    ends = [event.time for event in evidence.stream("/intake", ticket) if event.type in ended]
    found = []
    for event in evidence.stream("/sla-engine", ticket):
        if event.type != "DeadlineBreached" or (kinds and event.data["kind"] not in kinds):
            continue
        story, due = evidence.deadlines[ticket, event.data["deadline_id"]], instant(event.data["due_at"])
        retracted = any(told.type == "BreachRetracted" for told in story)
        if not retracted and all(due < end for end in ends):
            found.append(event.data["deadline_id"])
    return found


def breach_moves_up(evidence: Evidence) -> Iterator[str]:
    """A breached resolution or line limit leaves the ticket above line 1, where there are more lines."""
    for ticket, opened in evidence.tickets.items():
        lines = [
            event.data.get("to_line", event.data.get("line"))
            for event in evidence.stream("/escalation", ticket)
        ]
        line = next((line for line in reversed(lines) if line is not None), 0)
        if opened.data["contract"]["lines"] > 1 and line < 2:
            for deadline in _standing(evidence, ticket, ("resolution", "line_limit")):
                yield f"{ticket} stands on line {line} in spite of breach {deadline}"
