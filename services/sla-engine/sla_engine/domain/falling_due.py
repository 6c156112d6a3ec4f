"""What the passing of time alone does to a ticket's deadlines: warnings and breaches (R13, R14).

A deadline is breached once its due instant has *passed*: at that very microsecond it still holds, because an
event exactly then is in time.
"""

from shared.events.sla import DeadlineBreached, DeadlineWarned, SlaEvent, WarningReason
from sla_engine.domain.instants import Micros, from_micros
from sla_engine.domain.state import State, Tracked


def due(state: State, now: Micros, *, hold_breaches: bool = False) -> list[SlaEvent]:
    """The warnings and breaches that are due at `now` and have not been told, oldest first.

    `hold_breaches`: while evidence may still be under way, warn only.
    """
    ripe = sorted(state.running, key=lambda deadline: deadline.due)
    return [event for deadline in ripe for event in fallen(deadline, now, now, hold_breaches=hold_breaches)]


def fallen(deadline: Tracked, until: Micros, now: Micros, *, hold_breaches: bool = False) -> list[SlaEvent]:
    """What had fallen due on a running deadline by `until`, as established at `now`.

    A warning that comes after its deadline has passed is told all the same, before the breach: the history
    of a deadline is then the same however late the engine ran.
    """
    events: list[SlaEvent] = []
    if deadline.warn is not None and not deadline.warned and deadline.warn <= until:
        events.append(_warned(deadline, "fraction", deadline.warn))
    if deadline.soft is not None and not deadline.soft_warned and deadline.soft < until:
        events.append(_warned(deadline, "soft", deadline.soft))
    if deadline.due < until and not hold_breaches:
        events.append(
            DeadlineBreached(
                deadline_id=deadline.id,
                kind=deadline.kind,
                commitment=deadline.commitment,
                due_at=from_micros(deadline.due),
                detected_at=from_micros(now),
                internal=deadline.internal,
            )
        )
    return events


def next_wake(state: State, *, beyond: Micros | None = None) -> Micros | None:
    """The next instant at which `due` has something to tell; None when no clock runs.

    `beyond`: leave out what is due by then, because it is held.
    """
    marks = (mark for deadline in state.running for mark in _marks(deadline))
    return min((mark for mark in marks if beyond is None or mark > beyond), default=None)


def _marks(deadline: Tracked) -> list[Micros]:
    marks = [deadline.due + 1]
    if deadline.warn is not None and not deadline.warned:
        marks.append(deadline.warn)
    if deadline.soft is not None and not deadline.soft_warned:
        marks.append(deadline.soft + 1)
    return marks


def _warned(deadline: Tracked, reason: WarningReason, at: Micros) -> DeadlineWarned:
    return DeadlineWarned(
        deadline_id=deadline.id,
        kind=deadline.kind,
        reason=reason,
        warn_at=from_micros(at),
        due_at=from_micros(deadline.due),
        internal=deadline.internal,
    )
