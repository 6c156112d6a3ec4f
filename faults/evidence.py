"""Everything that the checker judges, as plain values: what clients know, and what anyone may read."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from faults.journal import Write

TOPICS = {
    "/intake": "ticket-events",
    "/sla-engine": "sla-events",
    "/escalation": "escalation-events",
    "/notifier": "notification-events",
}


def instant(text: str) -> datetime:
    """An RFC 3339 instant."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent, from a feed or from a topic. `type` is without its version suffix."""

    source: str
    subject: str
    version: int
    id: str
    type: str
    time: datetime
    recorded_at: datetime
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record of a topic; `missing` names the headers of the contract that it lacks."""

    event: Event
    topic: str
    partition: int
    offset: int
    key: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """A caught message."""

    to: str
    message_id: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Outage:
    """While `what` was away, by the clients' clock; `ended` is when it answered again."""

    what: str
    began: datetime
    ended: datetime

    def covers(self, instant: datetime, slack: float = 0.0) -> bool:
        """Whether it was away then; `slack` seconds more at either end."""
        return self.began.timestamp() - slack <= instant.timestamp() <= self.ended.timestamp() + slack


@dataclass
class Evidence:
    """`shown` and `previews` by ticket; `late` is what a late subscriber holds: the newest version by
    (source, subject), or None where no scenario had one. `at`: when all this was read.
    """

    writes: list[Write]
    arrivals: list[Arrival]
    feeds: dict[str, list[Event]]
    shown: dict[str, dict[str, Any]]
    previews: dict[str, list[dict[str, Any]]]
    mails: list[Mail]
    at: datetime
    outages: list[Outage] = field(default_factory=list)
    late: dict[tuple[str, str], list[str]] | None = None
    drained: str = ""

    @cached_property
    def streams(self) -> dict[tuple[str, str], list[Event]]:
        """The feeds by (source, subject), in version order."""
        found: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for events in self.feeds.values():
            for event in events:
                found[event.source, event.subject].append(event)
        for stream in found.values():
            stream.sort(key=lambda event: event.version)
        return dict(found)

    def stream(self, source: str, ticket: str) -> list[Event]:
        """One ticket's events of one source; none where there are none."""
        return self.streams.get((source, ticket), [])

    @cached_property
    def tickets(self) -> dict[str, Event]:
        """Each opened ticket's TicketOpened."""
        return {e.subject: e for e in self.feeds.get("/intake", []) if e.type == "TicketOpened"}

    @cached_property
    def deadlines(self) -> dict[tuple[str, str], list[Event]]:
        """Each deadline's events in order, by (ticket, deadline id)."""
        found: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for (source, ticket), stream in self.streams.items():
            if source == "/sla-engine":
                for event in stream:
                    found[ticket, event.data["deadline_id"]].append(event)
        return dict(found)
