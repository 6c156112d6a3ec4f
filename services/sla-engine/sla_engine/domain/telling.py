"""A ticket's sla events while they are being decided: each is folded at once, so the next sees its effect."""

from datetime import datetime

import msgspec

from shared.events.ids import derived_id
from shared.events.sla import (
    BreachRetracted,
    DeadlineCancelled,
    DeadlineMet,
    DeadlinePaused,
    DeadlineStarted,
    DeadlineSuperseded,
    SlaEvent,
)
from sla_engine.domain import waits
from sla_engine.domain.clock import Base, Deadline, compute, promised_update
from sla_engine.domain.falling_due import fallen
from sla_engine.domain.instants import Micros, from_micros
from sla_engine.domain.policy import Kind, Target
from sla_engine.domain.state import State, evolve
from sla_engine.domain.terms import Terms


class Telling:
    """Collects events on top of `state`; `at` is when their cause happened, `now` when breaches count as
    detected.

    Facts that an event changes are set with `note`, for what is decided after it.
    """

    def __init__(self, terms: Terms, state: State, at: Micros, now: Micros) -> None:
        self.terms, self.state, self.at, self.now = terms, state, at, now
        self.events: list[SlaEvent] = []

    def tell(self, event: SlaEvent) -> None:
        """Add `event` to the story and to the state."""
        self.events.append(event)
        self.state = evolve(self.state, event)

    def note(self, **facts: object) -> None:
        """What is decided from here on goes by these facts."""
        self.state = msgspec.structs.replace(self.state, **facts)

    def start(self, target: Target, base: Base, promised: Micros | None = None) -> None:
        """Begin the target's clock in place of an open one of its kind; `promised` replaces its due.

        The waits since `base` are replayed; during one, it stands still from the start (R12).
        """
        policy = self.terms.policy
        found = compute(policy, self.terms.calendar, base, target, self.state.pauses)
        if promised is not None:
            found = promised_update(policy, found, promised)
        self.begin(found, policy.is_internal(target), promised=promised is not None)
        wait = waits.open_wait(self.state.pauses)
        if wait is not None:
            self.pause(target.kind, max(wait.start, found.start))

    def begin(self, found: Deadline, internal: bool, *, promised: bool = False) -> None:
        """Begin a clock that has been reckoned, in place of an open one of its kind."""
        policy, calendar = self.terms.policy, self.terms.calendar
        before = self.state.deadlines.get(found.kind)
        generation = before.generation + 1 if before else 1
        deadline_id = str(derived_id(self.state.ticket, found.kind, generation))
        if before and before.is_open:
            self.tell(
                DeadlineSuperseded(
                    deadline_id=before.id,
                    kind=before.kind,
                    superseded_by=deadline_id,
                    internal=before.internal,
                )
            )
        self.tell(
            DeadlineStarted(
                deadline_id=deadline_id,
                kind=found.kind,
                due_at=from_micros(found.due),
                warn_at=from_micros(found.warn),
                soft_due_at=None if found.soft is None else from_micros(found.soft),
                received_at=from_micros(found.start),
                commitment=found.commitment,
                in_support_hours=calendar.open_at(self.at),
                generation=generation,
                policy=policy.name,
                policy_version=policy.version,
                calendar_version=calendar.version,
                tzdata_version=self.terms.tzdata_version,
                internal=internal,
                agreed=True if found.agreed else msgspec.UNSET,
                promised=True if promised else msgspec.UNSET,
            )
        )

    def pause(self, kind: Kind, at: Micros) -> None:
        """Let a clock that runs at `at` stand still, if its kind can; what fell due before is told first."""
        if kind not in self.terms.policy.pauses:
            return
        deadline = self.state.deadlines.get(kind)
        if deadline is None or deadline.is_point_in_time:
            return
        self.settle(at, kind)
        self.disprove(kind, at)
        deadline = self.state.deadlines[kind]
        if deadline.status == "running":
            self.tell(
                DeadlinePaused(
                    deadline_id=deadline.id,
                    kind=kind,
                    paused_at=from_micros(at),
                    due_at=from_micros(deadline.due),
                    reason="waiting_for_customer",
                    internal=deadline.internal,
                )
            )

    def settle(self, at: Micros, kind: Kind | None = None) -> None:
        """Tell what had fallen due before `at`, of one kind or of all."""
        for deadline in self.state.running:
            if kind in (None, deadline.kind):
                for event in fallen(deadline, at, self.now):
                    self.tell(event)

    def meet(self, kind: Kind, at: Micros) -> None:
        """What the deadline asks for was done at `at`: in time, late, or in time after all (R14)."""
        self.settle(at, kind)
        deadline = self.state.deadlines.get(kind)
        if deadline is None or not (deadline.is_open or deadline.status == "breached"):
            return
        met_at = from_micros(at)
        self.disprove(kind, at, met_at)
        self.tell(
            DeadlineMet(
                deadline_id=deadline.id,
                kind=kind,
                met_at=met_at,
                due_at=from_micros(deadline.due),
                # While it stands still its time does not pass, however long ago it would have been due.
                late=at > deadline.due and deadline.status != "paused",
                internal=deadline.internal,
            )
        )

    def disprove(self, kind: Kind, at: Micros, met_at: datetime | None = None) -> bool:
        """Take a breach back that was told before something was heard which, by the due instant, ended or
        stopped the clock. Whether there was one: it then runs, for the caller to go on with (R14)."""
        deadline = self.state.deadlines.get(kind)
        if deadline is None or deadline.status != "breached" or at > deadline.due:
            return False
        self.tell(
            BreachRetracted(
                deadline_id=deadline.id,
                kind=kind,
                due_at=from_micros(deadline.due),
                met_at=met_at,
                retracted_at=from_micros(self.now),
                internal=deadline.internal,
            )
        )
        return True

    def cancel(self, kind: Kind, reason: str, at: Micros) -> None:
        """End a clock without an outcome that is open at `at`."""
        self.disprove(kind, at)
        deadline = self.state.deadlines.get(kind)
        if deadline is not None and deadline.is_open:
            self.tell(
                DeadlineCancelled(
                    deadline_id=deadline.id, kind=kind, reason=reason, internal=deadline.internal
                )
            )
