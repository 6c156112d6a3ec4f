"""A ticket's deadlines, as sla-engine tells them: each starts once, and its last word is its state."""

from typing import Any, assert_never

from msgspec import UNSET
from msgspec.structs import replace

from projections.domain.changes import DeadlineChange
from shared.events.envelope import Recorded
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


def deadline_change(before: DeadlineChange | None, event: Recorded, data: SlaEvent) -> DeadlineChange:
    """`before`, from earlier in the batch, with `event` on top."""
    values: dict[str, Any] = {"version": event.version, **_values(event, data)}
    if before is not None:
        return replace(before, **values)
    return DeadlineChange(
        ticket=event.subject,
        deadline_id=data.deadline_id,
        tenant=event.tenant,
        kind=data.kind,
        internal=data.internal,
        **values,
    )


def _values(event: Recorded, data: SlaEvent) -> dict[str, Any]:
    values: dict[str, Any]
    match data:
        case DeadlineStarted():
            values = {
                "state": "running",
                "due_at": data.due_at,
                "warn_at": data.warn_at,
                "soft_due_at": data.soft_due_at,
                "received_at": data.received_at,
                "commitment": data.commitment,
                "generation": data.generation,
                "policy": data.policy,
                "policy_version": data.policy_version,
                "calendar_version": data.calendar_version,
                "tzdata_version": data.tzdata_version,
                "agreed": data.agreed is True,
            }
        case DeadlinePaused():
            values = {"state": "paused", "paused_at": data.paused_at}
        case DeadlineResumed():
            values = {"state": "running", **_instants(data)}
        case DeadlineMoved():
            # A paused one moves too, and stays paused.
            moved = {"received_at": data.received_at, "calendar_version": data.calendar_version}
            values = {"moved_at": event.time, **moved, **_instants(data)}
        case DeadlineWarned():
            values = {"warned": True}
        case DeadlineMet():
            values = {"state": "met_late" if data.late else "met", "met_at": data.met_at}
        case DeadlineBreached():
            values = {"state": "breached", "breached_at": data.due_at, "detected_at": data.detected_at}
            values["stands"] = True
        case DeadlineCancelled():
            values = {"state": "cancelled"}
        case DeadlineSuperseded():
            values = {"state": "superseded", "superseded_by": data.superseded_by}
        case BreachRetracted():
            # It runs again, for as long as it takes the engine's next word to end it.
            retracted_at = event.time if data.retracted_at is UNSET else data.retracted_at
            values = {"state": "running", "retracted_at": retracted_at, "stands": False}
        case _:
            assert_never(data)
    return values


def _instants(data: DeadlineResumed | DeadlineMoved) -> dict[str, Any]:
    return {"due_at": data.due_at, "warn_at": data.warn_at, "soft_due_at": data.soft_due_at}
