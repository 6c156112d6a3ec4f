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
    DeadlineStarted,
    DeadlineSuperseded,
    DeadlineWarned,
    SlaEvent,
)

ReadState = Literal["running", "paused", "met", "breached", "met_late", "cancelled", "superseded"]


class Told(msgspec.Struct, kw_only=True):
    """One deadline's whole story so far."""

    started: DeadlineStarted
    state: ReadState = "running"
    warned_at: datetime | None = None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    detected_at: datetime | None = None
    retracted_at: datetime | None = None


def tell_all(events: Iterable[tuple[SlaEvent, datetime]]) -> list[Told]:
    """The deadlines of a ticket in the order of their starts; each event comes with its `ce_time`."""
    told: dict[str, Told] = {}
    for event, at in events:
        if isinstance(event, DeadlineStarted):
            told[event.deadline_id] = Told(started=event)
        elif event.deadline_id in told:
            _add(told[event.deadline_id], event, at)
    return list(told.values())


def _add(told: Told, event: SlaEvent, at: datetime) -> None:
    match event:
        case DeadlineWarned():
            told.warned_at = told.warned_at or event.warn_at
        case DeadlineMet():
            told.state, told.met_at = "met_late" if event.late else "met", event.met_at
        case DeadlineBreached():
            told.state, told.breached_at, told.detected_at = "breached", event.due_at, event.detected_at
        case DeadlineCancelled():
            told.state = "cancelled"
        case DeadlineSuperseded():
            told.state = "superseded"
        case BreachRetracted():
            told.state, told.retracted_at = "running", at
        case DeadlineStarted():
            pass
        case _:
            assert_never(event)
