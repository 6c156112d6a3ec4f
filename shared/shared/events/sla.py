"""What the SLA engine says about a ticket's clocks (topic `sla-events`).

Every deadline that starts ends as exactly one of met, breached (and later perhaps met late), cancelled or
superseded; a breach that late evidence disproves is retracted by an event of its own (R14).

Every event says whether its deadline is `internal`: an aim that support sets itself, which customers are not
shown (R9, R17). The kind does not tell: `triage` is public under one contract and internal under another.
"""

from datetime import datetime
from typing import Literal

import msgspec

DeadlineKind = Literal[
    "triage", "response", "work_started", "resolution", "customer_update", "line_limit", "review"
]
Commitment = Literal["promise", "aim"]
WarningReason = Literal["fraction", "soft"]
PauseReason = Literal["waiting_for_customer"]


class DeadlineStarted(msgspec.Struct, frozen=True, kw_only=True):
    """A clock began. `in_support_hours`: whether its cause, such as a raised priority, came inside them."""

    deadline_id: str
    kind: DeadlineKind
    due_at: datetime
    warn_at: datetime | None
    received_at: datetime
    commitment: Commitment
    in_support_hours: bool
    generation: int
    policy: str
    policy_version: str
    calendar_version: str
    tzdata_version: str
    soft_due_at: datetime | None = None
    internal: bool = False
    agreed: bool | msgspec.UnsetType = msgspec.UNSET
    """Whether it is a date agreed with the customer, a point in time that nothing moves (R10)."""
    promised: bool | msgspec.UnsetType = msgspec.UNSET
    """Whether it is an update that support promised by an instant, which opening hours do not move (R16)."""


class DeadlinePaused(msgspec.Struct, frozen=True, kw_only=True):
    """The clock stands still from `paused_at` on (R11); `due_at` is where it stood."""

    deadline_id: str
    kind: DeadlineKind
    paused_at: datetime
    due_at: datetime
    reason: PauseReason
    internal: bool = False


class DeadlineResumed(msgspec.Struct, frozen=True, kw_only=True):
    """The clock goes on from `resumed_at`, with what was left at the pause (R11)."""

    deadline_id: str
    kind: DeadlineKind
    resumed_at: datetime
    due_at: datetime
    warn_at: datetime | None
    soft_due_at: datetime | None = None
    internal: bool = False


class DeadlineMoved(msgspec.Struct, frozen=True, kw_only=True):
    """A deviation announced beforehand moved a running deadline (R4)."""

    deadline_id: str
    kind: DeadlineKind
    previous_due_at: datetime
    due_at: datetime
    warn_at: datetime | None
    received_at: datetime
    calendar_version: str
    soft_due_at: datetime | None = None
    internal: bool = False


class DeadlineWarned(msgspec.Struct, frozen=True, kw_only=True):
    """Three quarters of the time has passed (`fraction`), or the soft due instant (`soft`): R13."""

    deadline_id: str
    kind: DeadlineKind
    reason: WarningReason
    warn_at: datetime
    due_at: datetime
    internal: bool = False


class DeadlineMet(msgspec.Struct, frozen=True, kw_only=True):
    """What was promised came at `met_at`; `late` when that was after `due_at`."""

    deadline_id: str
    kind: DeadlineKind
    met_at: datetime
    due_at: datetime
    late: bool
    internal: bool = False


class DeadlineBreached(msgspec.Struct, frozen=True, kw_only=True):
    """The due instant passed unmet; `detected_at` is the database's time when that was established."""

    deadline_id: str
    kind: DeadlineKind
    commitment: Commitment
    due_at: datetime
    detected_at: datetime
    internal: bool = False


class DeadlineCancelled(msgspec.Struct, frozen=True, kw_only=True):
    """The clock ended without an outcome: the ticket closed unresolved, or its priority lacks the target."""

    deadline_id: str
    kind: DeadlineKind
    reason: str
    internal: bool = False


class DeadlineSuperseded(msgspec.Struct, frozen=True, kw_only=True):
    """Another deadline of the same kind took this one's place."""

    deadline_id: str
    kind: DeadlineKind
    superseded_by: str
    internal: bool = False


class BreachRetracted(msgspec.Struct, frozen=True, kw_only=True):
    """Late evidence disproves the breach: the deadline was met in time at `met_at` after all, or (`met_at` is
    then null) had been ended by its due instant. `retracted_at`: the database's time when that was found.
    """

    deadline_id: str
    kind: DeadlineKind
    due_at: datetime
    met_at: datetime | None = None
    retracted_at: datetime | msgspec.UnsetType = msgspec.UNSET
    internal: bool = False


SlaEvent = (
    DeadlineStarted
    | DeadlinePaused
    | DeadlineResumed
    | DeadlineMoved
    | DeadlineWarned
    | DeadlineMet
    | DeadlineBreached
    | DeadlineCancelled
    | DeadlineSuperseded
    | BreachRetracted
)
