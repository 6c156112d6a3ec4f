"""What the engine answers, as JSON and as its published schema."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from shared.runtime.instants import Instant
from sla_engine.agreements import Agreements, UnknownPolicy
from sla_engine.domain.calendar import Calendar, OutsideCalendar
from sla_engine.domain.clock import Pause
from sla_engine.domain.days import Hours
from sla_engine.domain.explanation import Stretch, explain, point_in_time, reason_of
from sla_engine.domain.instants import Micros, from_micros, to_micros
from sla_engine.domain.policy import Commitment, Form, Kind
from sla_engine.domain.red_days import Names
from sla_engine.domain.terms import Terms
from sla_engine.domain.told import ReadState, Told


class PreviewedDeadline(BaseModel):
    """A deadline that a ticket would have."""

    kind: Kind
    due_at: Instant
    warn_at: Instant
    soft_due_at: Instant | None = None
    commitment: Commitment


class PreviewView(BaseModel):
    """The answer to one preview."""

    received_at: Instant
    deadlines: list[PreviewedDeadline]


class NamesView(BaseModel):
    """A day's name, where its reason is a red day or an eve."""

    sv: str
    en: str


class StretchView(BaseModel):
    """An interval that counted towards a deadline, or did not."""

    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    counts: bool
    reason: str
    names: NamesView | None = None


class DeadlineView(BaseModel):
    """A deadline of a ticket; what has not happened is left out."""

    id: str
    kind: Kind
    state: ReadState
    received_at: Instant
    due_at: Instant
    warn_at: Instant | None
    soft_due_at: Instant | None = None
    warned_at: Instant | None = None
    met_at: Instant | None = None
    breached_at: Instant | None = None
    detected_at: Instant | None = None
    retracted_at: Instant | None = None
    commitment: Commitment
    agreed: bool | None = None
    generation: int
    policy: str
    policy_version: str
    calendar_version: str
    tzdata_version: str
    explanation: list[StretchView] | None = None


class DeadlinesView(BaseModel):
    """A ticket's deadlines, and the version of the stream that tells them."""

    deadlines: list[DeadlineView]
    version: int


def deadline_json(agreements: Agreements, told: Told) -> dict[str, Any]:
    """One deadline. Its explanation is left out when it was reckoned by another calendar than today's."""
    started = told.started
    happened: dict[str, datetime | None] = {
        "soft_due_at": told.soft_due_at,
        "warned_at": told.warned_at,
        "met_at": told.met_at,
        "breached_at": told.breached_at,
        "detected_at": told.detected_at,
        "retracted_at": told.retracted_at,
    }
    shown: dict[str, Any] = {
        "id": started.deadline_id,
        "kind": started.kind,
        "state": told.state,
        "received_at": told.received_at,
        "due_at": told.due_at,
        "warn_at": told.warn_at,
        **{name: at for name, at in happened.items() if at is not None},
        "commitment": started.commitment,
        **({"agreed": True} if started.agreed is True else {}),
        "generation": started.generation,
        "policy": started.policy,
        "policy_version": started.policy_version,
        "calendar_version": told.calendar_version,
        "tzdata_version": started.tzdata_version,
    }
    stretches = _explained(agreements, told)
    return shown if stretches is None else shown | {"explanation": [_stretch(each) for each in stretches]}


def calendar_json(calendar: Calendar, year: int) -> list[dict[str, Any]]:
    """Each day of `year`: hours by the contract's clocks and in UTC, and the reason where not ordinary."""
    days: list[dict[str, Any]] = []
    first, after = date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal()
    for day in map(date.fromordinal, range(first, after)):
        found = calendar.day(day)
        hours = [
            _hours(local) | {"opens_at": from_micros(opens), "closes_at": from_micros(closes)}
            for local, (opens, closes) in zip(found.hours, calendar.intervals(day), strict=False)
        ]
        shown = {"date": day, "kind": found.kind.value, "intervals": hours}
        days.append(
            shown | ({"reason": reason} if (reason := reason_of(found)) else {}) | _names(found.names)
        )
    return days


def _explained(agreements: Agreements, told: Told) -> list[Stretch] | None:
    started = told.started
    try:
        terms = agreements.of_policy(started.policy)
    except UnknownPolicy:
        return None
    if (terms.policy.version, terms.tzdata_version) != (started.policy_version, started.tzdata_version):
        return None
    calendar = agreements.calendar(started.policy, told.calendar_version)
    if calendar is None:
        return None
    begun, due = to_micros(told.received_at), to_micros(told.due_at)
    if started.agreed is True or started.promised is True or started.kind == "review":
        return point_in_time(begun, due)
    pauses = _pauses(told, begun)
    elapsed = _elapsed(terms, started.kind, due - begun - sum(p.end - p.start for p in pauses if p.end))
    try:
        return explain(calendar, begun, due, elapsed=elapsed, pauses=pauses)
    except OutsideCalendar:
        # An update may be promised for a day that no calendar lays out.
        return None


def _pauses(told: Told, begun: Micros) -> list[Pause]:
    """The waits since its time began."""
    found = []
    for start, end in sorted(told.waits.items()):
        pause = Pause(max(to_micros(start), begun), None if end is None else to_micros(end))
        if pause.end is None or pause.end > pause.start:
            found.append(pause)
    return found


def _elapsed(terms: Terms, kind: Kind, total: Micros) -> bool:
    """Whether the deadline's own target counts every hour: one of its kind that allows this very time."""
    policy = terms.policy
    targets = (
        *policy.always,
        *policy.untriaged,
        *(t for group in policy.by_priority.values() for t in group),
    )
    return any(
        target.kind == kind and target.within.form is Form.ELAPSED_TIME and target.within.amount == total
        for target in targets
    )


def _stretch(stretch: Stretch) -> dict[str, Any]:
    start, end = from_micros(stretch.start), from_micros(stretch.end)
    return {
        "from": start,
        "to": end,
        "counts": stretch.counts,
        "reason": stretch.reason,
        **_names(stretch.names),
    }


def _names(names: Names | None) -> dict[str, Any]:
    return {} if names is None else {"names": {"sv": names.sv, "en": names.en}}


def _hours(hours: Hours) -> dict[str, Any]:
    return {"from": hours.from_clock, "to": hours.to_clock}
