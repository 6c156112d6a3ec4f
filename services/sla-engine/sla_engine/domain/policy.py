"""A support contract's clocks as data: what is promised, for which priority, reckoned how.

A new contract is a new policy file; nothing in the engine asks which contract a ticket belongs to.
"""

from enum import StrEnum
from typing import Literal

import msgspec

from sla_engine.domain.days import CalendarRules
from sla_engine.domain.instants import Micros

Priority = Literal["P1", "P2", "P3", "P4"]
Kind = Literal["triage", "response", "work_started", "resolution", "customer_update", "line_limit", "review"]
Commitment = Literal["promise", "aim"]
Start = Literal["received", "registered"]

PRIORITIES: tuple[Priority, ...] = ("P1", "P2", "P3", "P4")


class Form(StrEnum):
    """How a duration is reckoned."""

    SUPPORT_TIME = "support_time"  # open time since received (R6)
    ELAPSED_TIME = "elapsed_time"  # every second counts, nights too (R8)
    WORKING_DAYS = "working_days"  # closing time of the n-th open day after registration (R7)
    SAME_DAY = "same_day"  # closing time of the received day (R7)
    NEXT_OPEN_DAYS = "next_open_days"  # closing time of the n-th open day after received (R16)


class Duration(msgspec.Struct, frozen=True):
    """`amount` is microseconds of time, or a number of days; nothing for the same day."""

    form: Form
    amount: int = 0


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """One clock of one priority. `soft` warns when it passes, `within` breaches."""

    kind: Kind
    within: Duration
    commitment: Commitment
    soft: Duration | None = None
    starts: Start = "received"


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A contract's terms, as they govern tickets registered from this version's instant on (R12).

    `always` are the targets of every ticket, `untriaged` those of one without priority besides its
    `default_priority`'s. `pauses`: the kinds that stand still while waiting for the customer (R11);
    `suspends`: those that are cancelled meanwhile and start anew (R16). `work_is_a_response`: priorities for
    which beginning the work meets `response`; `answered_on_registration`: those whose caller has been
    answered when support itself registers the ticket (R0). `lines`: the last support line.
    """

    name: str
    version: str
    calendar: CalendarRules
    always: tuple[Target, ...]
    untriaged: tuple[Target, ...]
    by_priority: dict[Priority, tuple[Target, ...]]
    default_priority: Priority | None
    priority_is_wish: bool
    warn_percent: int
    pauses: frozenset[Kind]
    suspends: frozenset[Kind]
    work_is_a_response: frozenset[Priority]
    answered_on_registration: frozenset[Priority]
    lines: int

    def targets(self, priority: Priority | None) -> tuple[Target, ...]:
        """The targets of a ticket of that priority; None is a ticket that has not been given one."""
        if priority is None:
            default = self.by_priority.get(self.default_priority, ()) if self.default_priority else ()
            return self.always + self.untriaged + default
        return self.always + self.by_priority.get(priority, ())

    def target(self, kind: Kind, priority: Priority | None) -> Target | None:
        """The target that a clock of `kind` runs by; the untriaged ones' until support has triaged."""
        candidates = (*self.targets(priority), *self.untriaged)
        return next((target for target in candidates if target.kind == kind), None)

    def effective(self, priority: Priority | None) -> Priority | None:
        """The priority that a ticket is run by."""
        return priority or self.default_priority

    def is_internal(self, target: Target) -> bool:
        """Whether it is support's own, with the untriaged and on line 1, and not for customers (R9, R17)."""
        return target.kind == "line_limit" or target in self.untriaged


def warn_after(total: Micros, percent: int) -> Micros:
    """How much of `total` passes before the warning, rounded up to the microsecond."""
    return -(-total * percent // 100)


def more_urgent(one: Priority | None, other: Priority | None) -> bool:
    """Whether `one` is a higher priority than `other`; none at all is the lowest."""
    return (one or "P9") < (other or "P9")
