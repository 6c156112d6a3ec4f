"""Everything that happened to a ticket, and in which order it is told."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Protocol, TypeVar
from uuid import UUID

from projections.domain.changes import TimelineEntry
from shared.events import codec
from shared.events.envelope import Recorded
from shared.events.visibility import visibility

SOURCES = ("/intake", "/sla-engine", "/escalation", "/notifier")
"""Each says what it says upon those before it, as a rule."""


def timeline_entry(event: Recorded) -> TimelineEntry:
    """The entry for `event`."""
    return TimelineEntry(
        ticket=event.subject,
        source=event.source,
        version=event.version,
        tenant=event.tenant,
        time=event.time,
        recorded_at=event.recorded_at,
        event_id=event.id,
        causation_id=event.causation_id,
        type=event.type,
        visibility=visibility(event.data),
        data=codec.join(*codec.encode(event.data)).decode(),
    )


class Told(Protocol):
    """What the order goes by."""

    @property
    def time(self) -> datetime: ...
    @property
    def source(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def event_id(self) -> UUID | None: ...
    @property
    def causation_id(self) -> UUID | None: ...


T = TypeVar("T", bound=Told)


def in_order(entries: Iterable[T]) -> list[T]:
    """By time; in one instant causes come before effects, and a source's versions in order.

    What an event sets off bears its instant, so the time alone does not tell them apart. Where neither caused
    the other, sources come in the order in which they hear of each other.
    """
    found = sorted(entries, key=lambda entry: (entry.time, SOURCES.index(entry.source), entry.version))
    return [
        entry for _, instant in groupby(found, lambda entry: entry.time) for entry in _caused(list(instant))
    ]


def _caused(instant: list[T]) -> list[T]:
    """Entries of one instant, each one step after its cause, and no earlier than the version before it."""
    if len(instant) == 1:
        return instant
    depths = {(entry.source, entry.version): 0 for entry in instant}
    causes = {
        entry.event_id: (entry.source, entry.version) for entry in instant if entry.event_id is not None
    }
    for _ in instant:  # a chain of causes is no longer than that
        settled = True
        for entry in instant:
            cause = causes.get(entry.causation_id) if entry.causation_id is not None else None
            after_cause = 0 if cause is None else depths[cause] + 1
            depth = max(after_cause, depths.get((entry.source, entry.version - 1), 0))
            if depth > depths[entry.source, entry.version]:
                depths[entry.source, entry.version] = depth
                settled = False
        if settled:
            break
    return sorted(instant, key=lambda entry: depths[entry.source, entry.version])
