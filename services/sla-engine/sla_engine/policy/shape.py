"""What may stand in a policy file: the one place that the reader, its schema and its faults go by."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sla_engine.domain.policy import Commitment, Priority, Start
from sla_engine.domain.red_days import Eve
from sla_engine.policy import notation
from sla_engine.policy.zones import zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# A review is due when the contract says, and neither a target nor paused.
TargetKind = Literal["triage", "response", "work_started", "resolution", "customer_update", "line_limit"]

Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,62}$", examples=["hubs"])]
Version = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$",
        description="Stands in every deadline that was reckoned by it: change it with the terms.",
        examples=["hubs-1"],
    ),
]
Lasting = Annotated[
    str,
    Meta(
        pattern=notation.DURATION,
        description="Support time passes while support is open, elapsed time always; N working days end when "
        "the N-th open day after the day of registration closes, N next open days the same after received.",
        examples=["4 support hours", "8 elapsed hours", "2 working days", "1 next open day", "same day"],
        extra={"reads": notation.duration},
    ),
]
OpeningHours = Annotated[
    str,
    Meta(
        pattern=notation.HOURS,
        description="By the zone's clocks; the closing minute is closed.",
        examples=["08:00-17:00"],
        extra={"reads": notation.hours},
    ),
]
Zone = Annotated[
    str,
    Meta(description="IANA's name.", examples=["Europe/Stockholm"], extra={"reads": zone}),
]


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts: a key that nobody reads is a mistake, not a wish."""


Hours = Annotated[list[OpeningHours], Meta(min_length=1)]


class DayHours(Part, frozen=True, kw_only=True):
    """Hours of weekdays that are unlike the others; each must be one of `weekdays`."""

    mon: Hours | UnsetType = UNSET
    tue: Hours | UnsetType = UNSET
    wed: Hours | UnsetType = UNSET
    thu: Hours | UnsetType = UNSET
    fri: Hours | UnsetType = UNSET
    sat: Hours | UnsetType = UNSET
    sun: Hours | UnsetType = UNSET


class Calendar(Part, frozen=True, kw_only=True):
    """When support is open."""

    version: Version
    zone: Zone
    weekdays: Annotated[frozenset[Weekday], Meta(min_length=1, description="Days that can be open.")]
    hours: Annotated[list[OpeningHours], Meta(min_length=1, description="Of an ordinary day, in order.")]
    hours_on: DayHours | UnsetType = UNSET
    red_days: Annotated[
        Literal["sweden", "finland", "none"],
        Meta(description="Whose public holidays are closed; none: they are days like any other."),
    ]
    eves: Annotated[frozenset[Eve], Meta(description="Eves that are closed.")] = frozenset()
    short_hours: (
        Annotated[list[OpeningHours], Meta(description="Of a working day before a red day.")] | UnsetType
    ) = UNSET
    bridge_days: Annotated[
        Literal["open", "closed"], Meta(description="A working day alone between days off.")
    ] = "open"


class Target(Part, frozen=True, kw_only=True):
    """One clock: past `within` it is breached; past `soft` it warns."""

    within: Lasting
    commitment: Annotated[Commitment, Meta(description="Reports show promises and aims apart.")]
    soft: Lasting | UnsetType = UNSET
    starts: Annotated[
        Start, Meta(description="received: at the next opening when registered outside opening hours.")
    ] = "received"


class Targets(Part, frozen=True, kw_only=True):
    """The clocks of a priority, in the order in which they are told."""

    triage: Target | UnsetType = UNSET
    response: Target | UnsetType = UNSET
    work_started: Target | UnsetType = UNSET
    resolution: Target | UnsetType = UNSET
    customer_update: Target | UnsetType = UNSET
    line_limit: Target | UnsetType = UNSET


class Groups(Part, frozen=True, kw_only=True):
    """`always`: every ticket's. `untriaged`: of one without priority, besides its default's."""

    always: Targets | UnsetType = UNSET
    untriaged: Targets | UnsetType = UNSET
    P1: Targets | UnsetType = UNSET
    P2: Targets | UnsetType = UNSET
    P3: Targets | UnsetType = UNSET
    P4: Targets | UnsetType = UNSET


class File(Part, frozen=True, kw_only=True):
    """A support contract's terms, as the engine runs them."""

    name: Name
    version: Version
    calendar: Calendar
    targets: Groups
    lines: Annotated[int, Meta(ge=1, le=9, description="The last support line.")]
    default_priority: (
        Annotated[Priority, Meta(description="Of a ticket that was given none.")] | UnsetType
    ) = UNSET
    priority_is_wish: Annotated[
        bool, Meta(description="Whether a priority that a customer gives is a wish.")
    ] = False
    warn_percent: Annotated[
        int, Meta(ge=1, le=99, description="When to warn: so much of the time has passed.")
    ] = 75
    pauses: Annotated[
        frozenset[TargetKind],
        Meta(description="Clocks that stand still while support waits for the customer."),
    ] = frozenset()
    suspends: Annotated[
        frozenset[TargetKind], Meta(description="Clocks that are dropped meanwhile, and begin anew.")
    ] = frozenset()
    work_is_a_response: Annotated[
        frozenset[Priority], Meta(description="Where beginning the work meets `response`.")
    ] = frozenset()
    answered_on_registration: Annotated[
        frozenset[Priority],
        Meta(description="Where a caller whose ticket support itself registers has been answered by that."),
    ] = frozenset()
