"""From what stands in a sound file to the policy that the engine runs."""

from typing import get_args

from msgspec import UNSET, UnsetType

from sla_engine.domain.days import CalendarRules, Hours
from sla_engine.domain.policy import PRIORITIES, Policy, Target
from sla_engine.policy import notation, shape

_WEEKDAYS = get_args(shape.Weekday)
_KINDS = get_args(shape.TargetKind)


def build(file: shape.File) -> Policy:
    """The same, as clocks."""
    return Policy(
        name=file.name,
        version=file.version,
        calendar=_calendar(file.calendar),
        always=_targets(file.targets.always),
        untriaged=_targets(file.targets.untriaged),
        by_priority={priority: _targets(getattr(file.targets, priority)) for priority in PRIORITIES},
        default_priority=file.default_priority or None,
        priority_is_wish=file.priority_is_wish,
        warn_percent=file.warn_percent,
        pauses=frozenset(file.pauses),
        suspends=frozenset(file.suspends),
        work_is_a_response=file.work_is_a_response,
        answered_on_registration=file.answered_on_registration,
        lines=file.lines,
    )


def _targets(group: shape.Targets | UnsetType) -> tuple[Target, ...]:
    if group is UNSET:
        return ()
    written = ((kind, getattr(group, kind)) for kind in _KINDS)
    return tuple(
        Target(
            kind=kind,
            within=notation.duration(target.within),
            soft=None if target.soft is UNSET else notation.duration(target.soft),
            commitment=target.commitment,
            starts=target.starts,
        )
        for kind, target in written
        if target is not UNSET
    )


def _calendar(file: shape.Calendar) -> CalendarRules:
    return CalendarRules(
        version=file.version,
        zone=file.zone,
        weekdays=frozenset(_WEEKDAYS.index(day) for day in file.weekdays),
        hours=tuple(map(notation.hours, file.hours)),
        red_days=None if file.red_days == "none" else file.red_days,
        eves=file.eves,
        short_hours=None if file.short_hours is UNSET else tuple(map(notation.hours, file.short_hours)),
        closed_on_bridge_days=file.bridge_days == "closed",
        hours_on=_hours_on(file.hours_on),
    )


def _hours_on(file: shape.DayHours | UnsetType) -> dict[int, tuple[Hours, ...]]:
    if file is UNSET:
        return {}
    written = ((number, getattr(file, day)) for number, day in enumerate(_WEEKDAYS))
    return {number: tuple(map(notation.hours, hours)) for number, hours in written if hours is not UNSET}
