"""When a life is over: every view of it agrees, by rules that share no code with the services."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from faults.checker import RULES
from faults.evidence import Event, Evidence
from faults.reading import event_of

SERVICES = {
    "/intake": "intake",
    "/sla-engine": "sla_engine",
    "/escalation": "escalation",
    "/notifier": "notifier",
}
JUDGED = ("streams-have-no-gaps", "exactly-one-end", "shown-as-folded", "urgent-closings-are-reviewed")
SAME = ("status", "priority", "category", "contract", "waiting_for", "expected_at")
LEVEL_WITHIN = 30.0
"""Seconds that the read model may take until it stands level with the stores."""

Get = Callable[[str, str, str], Any]
"""Reads JSON: of a service, at a path, as somebody."""


class Behind(AssertionError):
    """The read model never stood level with the stores."""


def judge(get: Get, ticket: Mapping[str, Any], owner: str, review: str | None) -> int:
    """Raises AssertionError unless all is well; gives how many events all services had said.

    `ticket` is what intake answered last, `review` the status of its newest review.
    """
    identity = ticket["id"]
    assert get("intake", f"/v1/tickets/{identity}", owner) == ticket
    feeds, shown = _level(get, identity)
    for field in SAME:
        assert shown[field] == ticket[field], (field, shown[field], ticket[field])
    _holds_agreed_date(shown, ticket["agreed_due_at"])
    assert (shown["review"] or {}).get("status") == review, (shown["review"], review)
    evidence = Evidence([], [], feeds, {identity: shown}, {}, [], datetime.now(UTC))
    for name in JUDGED:
        violations = list(RULES[name](evidence))
        assert violations == [], (name, violations)
    return sum(map(len, feeds.values()))


def _holds_agreed_date(shown: Mapping[str, Any], agreed: str | None) -> None:
    """The date that intake last heard of is shown while it is in force; a raised priority ends it (R10)."""
    in_force = any(each["agreed"] and each["state"] in ("running", "paused") for each in shown["deadlines"])
    allowed = {agreed} if in_force else {agreed, None}
    assert shown["agreed_due_at"] in allowed, ("agreed_due_at", shown["agreed_due_at"], agreed)


def _level(get: Get, ticket: str) -> tuple[dict[str, list[Event]], dict[str, Any]]:
    """The stores and the read model once they say the same; each read waits for the versions seen before."""
    end, wanted = time.monotonic() + LEVEL_WITHIN, ""
    while True:
        get("projections", f"/v1/tickets/{ticket}?min_version={wanted}", "agent") if wanted else None
        feeds = {source: _feed(get, service, ticket) for source, service in SERVICES.items()}
        said = {source.removeprefix("/"): len(events) for source, events in feeds.items()}
        wanted = ",".join(f"{source}:{count}" for source, count in said.items())
        shown = get("projections", f"/v1/tickets/{ticket}?min_version={wanted}", "agent")
        if shown["versions"] == said and said["escalation"]:
            return feeds, shown
        if time.monotonic() > end:
            raise Behind(f"the read model stays behind: {shown['versions']}, the stores say {said}")


def _feed(get: Get, service: str, ticket: str) -> list[Event]:
    page = get(service, f"/v1/events?subject={ticket}&limit=500", "service")
    return [event_of(document) for document in page["items"]]
