"""A ticket's deadlines as its sla events tell them: what is read, never reckoned."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, assert_never

import msgspec

from shared.events.sla import (
    BreachRetracted,
    DeadlineBreached,
    DeadlineCancelled,
    DeadlineMet,
    DeadlineMoved,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)

ReadState = Literal["running", "paused", "met", "breached", "met_late", "cancelled", "superseded"]
Waits = dict[datetime, datetime | None]
"""By when each began; None while it goes on."""


class Told(msgspec.Struct, kw_only=True):
    """One deadline's whole story so far; `due_at` and the like as they are now, `started` as they began.

    `waits`: the ticket's waits, as far as any deadline of this kind stood still for them.
    """

    started: DeadlineStarted
    state: ReadState = "running"
    received_at: datetime
    due_at: datetime
    warn_at: datetime | None
    soft_due_at: datetime | None
    calendar_version: str
    waits: Waits = {}
    warned_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    detected_at: datetime | None = None
    retracted_at: datetime | None = None


def begun(event: DeadlineStarted) -> Told:
    """A deadline of which no more than its start is known."""
    return Told(
        started=event,
        received_at=event.received_at,
        due_at=event.due_at,
        warn_at=event.warn_at,
        soft_due_at=event.soft_due_at,
        calendar_version=event.calendar_version,
    )


def tell_all(events: Iterable[tuple[SlaEvent, datetime]]) -> list[Told]:
    """The deadlines of a ticket in the order of their starts; each event comes with its `ce_time`."""
    told: dict[str, Told] = {}
    waits: dict[str, Waits] = {}
    for event, at in events:
        if isinstance(event, DeadlineStarted):
            told[event.deadline_id] = found = begun(event)
            # A deadline that takes another's place has that one's waits reckoned in (R12).
            found.waits = waits.setdefault(event.kind, {})
        elif event.deadline_id in told:
            _add(told[event.deadline_id], event, at)
    return list(told.values())


def _add(told: Told, event: SlaEvent, at: datetime) -> None:
    match event:
        case DeadlineWarned():
            told.warned_at = told.warned_at or event.warn_at
        case DeadlinePaused():
            told.state = "paused"
            told.waits[event.paused_at] = None
        case DeadlineResumed():
            told.state = "running"
            told.due_at, told.warn_at, told.soft_due_at = event.due_at, event.warn_at, event.soft_due_at
            _end_waits(told, event.resumed_at)
        case DeadlineMoved():
            told.due_at, told.warn_at, told.soft_due_at = event.due_at, event.warn_at, event.soft_due_at
            told.received_at, told.calendar_version = event.received_at, event.calendar_version
        case DeadlineMet():
            told.state, told.met_at = "met_late" if event.late else "met", event.met_at
            _end_waits(told, at)
        case DeadlineBreached():
            told.state, told.breached_at, told.detected_at = "breached", event.due_at, event.detected_at
        case DeadlineCancelled():
            told.state = "cancelled"
            _end_waits(told, at)
        case DeadlineSuperseded():
            told.state = "superseded"
        case BreachRetracted():
            told.state, told.retracted_at = "running", at
        case DeadlineStarted():
            pass
        case _:
            assert_never(event)


def _end_waits(told: Told, at: datetime) -> None:
    for start, end in told.waits.items():
        if end is None:
            told.waits[start] = max(at, start)
