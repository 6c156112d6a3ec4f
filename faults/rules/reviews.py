"""Post-incident reviews: of what was urgent, corrections excepted; timed, and told to their owner."""

from collections.abc import Iterator

from faults.evidence import Event, Evidence, instant

_REVIEWED = {"P1", "P2"}
_NO_INCIDENTS = {"question", "order"}


def _highest(history: list[Event]) -> str | None:
    """The most urgent stretch of an incident; a correction takes the place of the one that it corrects."""
    opened = history[0].data
    wish = opened["contract"]["priority_is_wish"]
    stretches = [opened["priority"] or ("P9" if wish else "P3")]
    category, merged = opened.get("category"), ["P9"]
    for event in history[1:]:
        match event.type:
            case "TicketPrioritised" if event.data["basis"] == "correction":
                stretches[-1] = event.data["priority"]
            case "TicketPrioritised":
                stretches.append(event.data["priority"])
            case "TicketCategorised":
                category = event.data["category"]
            case "TicketMerged" if event.data["target"] == event.subject:
                merged.append(event.data.get("highest_priority") or "P9")
    if opened.get("type", "incident") != "incident" or category in _NO_INCIDENTS:
        stretches = []
    return min([*stretches, *merged])


def urgent_closings_are_reviewed(evidence: Evidence) -> Iterator[str]:
    """Closing an incident that was urgent, and nothing else, opens a review; reopening takes it back."""
    for ticket in evidence.tickets:
        stream, review = evidence.stream("/intake", ticket), "none"
        for number, event in enumerate(stream):
            follows = stream[number + 1].type if number + 1 < len(stream) else ""
            what = f"{ticket} v{event.version}"
            if event.type == "TicketClosed":
                highest = _highest(stream[: number + 1])
                due = highest in _REVIEWED and not event.data.get("merged_into")
                if due != (follows == "ReviewOpened"):
                    yield f"{what}: closed, at its highest {highest}, and then {follows or 'nothing'}"
                elif due and stream[number + 1].data["highest_priority"] != highest:
                    yield f"{what}: closed, at its highest {highest}, and reviewed as another"
            elif event.type == "TicketReopened" and (review == "open") != (follows == "ReviewWithdrawn"):
                yield f"{what}: reopened with its review {review}, and then {follows or 'nothing'}"
            review = {
                "ReviewOpened": "open",
                "ReviewWithdrawn": "withdrawn",
                "ReviewCompleted": "completed",
            }.get(event.type, review)


def reviews_are_timed_and_told(evidence: Evidence) -> Iterator[str]:
    """Every review starts an internal deadline, due when it says, and is mailed to its owner only."""
    for ticket in evidence.tickets:
        began = {
            instant(event.data["due_at"]): event.data["internal"]
            for event in evidence.stream("/sla-engine", ticket)
            if event.type == "DeadlineStarted" and event.data["kind"] == "review"
        }
        told = {
            (event.data["about"], event.data["recipient"])
            for event in evidence.stream("/notifier", ticket)
            if event.type == "NotificationSent"
        }
        for event in evidence.stream("/intake", ticket):
            if event.type.startswith("Review") and (event.id, "reporter") in told:
                yield f"{ticket}: the reporter was told of {event.type}"
            if event.type != "ReviewOpened":
                continue
            if began.get(instant(event.data["due_at"])) is not True:
                yield f"{ticket}: no internal deadline of review {event.data['review']}"
            if (event.id, "review_owner") not in told:
                yield f"{ticket}: nobody was told of review {event.data['review']}"
