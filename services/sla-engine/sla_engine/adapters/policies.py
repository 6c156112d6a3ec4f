"""Policies from their YAML files: checked against a schema, every fault with its place in the file."""

import re
from importlib import resources
from typing import Any

import msgspec
import yaml

from sla_engine.domain.days import CalendarRules, Hours
from sla_engine.domain.instants import HOUR, MINUTE, SECOND
from sla_engine.domain.policy import (
    PRIORITIES,
    Commitment,
    Duration,
    Form,
    Kind,
    Policy,
    Priority,
    Start,
    Target,
)
from sla_engine.domain.red_days import Eve

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"hour": HOUR, "minute": MINUTE, "second": SECOND}
_DURATION = re.compile(
    r"(?P<amount>[1-9]\d*) (?:(?P<time>support|elapsed) (?P<unit>hour|minute|second)s?"
    r"|(?P<days>working|next open) days?)|same day"
)
_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


class InvalidPolicy(ValueError):
    """The file is no policy; the message says where and why."""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts: a key that nobody reads is a mistake, not a wish."""


class _Calendar(_File, frozen=True, kw_only=True):
    version: str
    zone: str
    weekdays: list[str]
    hours: list[str]
    red_days: bool = True
    eves: frozenset[Eve] = frozenset()
    short_hours: list[str] | None = None
    bridge_days: str = "open"


class _Target(_File, frozen=True, kw_only=True):
    within: str
    commitment: Commitment
    soft: str | None = None
    starts: Start = "received"


class _Policy(_File, frozen=True, kw_only=True):
    name: str
    version: str
    calendar: _Calendar
    targets: dict[str, dict[Kind, _Target]]
    lines: int
    default_priority: Priority | None = None
    priority_is_wish: bool = False
    warn_percent: int = 75
    pauses: frozenset[Kind] = frozenset()
    suspends: frozenset[Kind] = frozenset()
    work_is_a_response: frozenset[Priority] = frozenset()
    answered_on_registration: frozenset[Priority] = frozenset()


def load_bundled() -> dict[str, Policy]:
    """The policies that ship with the engine, by name."""
    folder = resources.files("sla_engine") / "policies"
    found = (parse(file.read_text()) for file in folder.iterdir() if file.name.endswith(".yaml"))
    return {policy.name: policy for policy in found}


def parse(text: str) -> Policy:
    """The policy that `text` describes. Raises InvalidPolicy."""
    try:
        raw: Any = yaml.safe_load(text)
        return _policy(msgspec.convert(raw, _Policy))
    except (yaml.YAMLError, msgspec.ValidationError, ValueError) as fault:
        raise InvalidPolicy(str(fault)) from fault


def _policy(file: _Policy) -> Policy:
    if unknown := set(file.targets) - {"always", "untriaged", *PRIORITIES}:
        raise ValueError(f"targets: {sorted(unknown)} are neither priorities nor always or untriaged")
    if any("review" in members for members in (*file.targets.values(), file.pauses, file.suspends)):
        raise ValueError("review: it is due when the contract says, and neither a target nor paused")
    if not 0 < file.warn_percent < 100:
        raise ValueError(f"warn_percent: {file.warn_percent} is not between 0 and 100")
    targets = {group: _targets(group, members) for group, members in file.targets.items()}
    return Policy(
        name=file.name,
        version=file.version,
        calendar=_calendar(file.calendar),
        always=targets.get("always", ()),
        untriaged=targets.get("untriaged", ()),
        by_priority={priority: targets.get(priority, ()) for priority in PRIORITIES},
        default_priority=file.default_priority,
        priority_is_wish=file.priority_is_wish,
        warn_percent=file.warn_percent,
        pauses=file.pauses,
        suspends=file.suspends,
        work_is_a_response=file.work_is_a_response,
        answered_on_registration=file.answered_on_registration,
        lines=file.lines,
    )


def _targets(group: str, members: dict[Kind, _Target]) -> tuple[Target, ...]:
    return tuple(
        Target(
            kind=kind,
            within=_duration(f"targets.{group}.{kind}.within", target.within),
            soft=_duration(f"targets.{group}.{kind}.soft", target.soft) if target.soft else None,
            commitment=target.commitment,
            starts=target.starts,
        )
        for kind, target in members.items()
    )


def _duration(place: str, text: str) -> Duration:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{place}: {text!r} is no duration (4 support hours, 8 elapsed hours, 2 working days, same day)"
        )
    if found["time"]:
        form = Form.SUPPORT_TIME if found["time"] == "support" else Form.ELAPSED_TIME
        return Duration(form, int(found["amount"]) * _UNITS[found["unit"]])
    if found["days"]:
        form = Form.WORKING_DAYS if found["days"] == "working" else Form.NEXT_OPEN_DAYS
        return Duration(form, int(found["amount"]))
    return Duration(Form.SAME_DAY)


def _calendar(file: _Calendar) -> CalendarRules:
    if file.bridge_days not in ("open", "closed"):
        raise ValueError(f"calendar.bridge_days: {file.bridge_days!r} is neither open nor closed")
    if unknown := set(file.weekdays) - set(_WEEKDAYS):
        raise ValueError(f"calendar.weekdays: {sorted(unknown)} are none of {', '.join(_WEEKDAYS)}")
    return CalendarRules(
        version=file.version,
        zone=file.zone,
        weekdays=frozenset(_WEEKDAYS.index(day) for day in file.weekdays),
        hours=_hours("calendar.hours", file.hours),
        red_days=file.red_days,
        eves=file.eves,
        short_hours=None if file.short_hours is None else _hours("calendar.short_hours", file.short_hours),
        closed_on_bridge_days=file.bridge_days == "closed",
    )


def _hours(place: str, texts: list[str]) -> tuple[Hours, ...]:
    hours: list[Hours] = []
    for text in texts:
        found = _HOURS.fullmatch(text)
        if found is None:
            raise ValueError(f"{place}: {text!r} is not like 08:00-17:00")
        from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
        hours.append(Hours(from_hour * 60 + from_minute, to_hour * 60 + to_minute))
        if len(hours) > 1 and hours[-2].closes > hours[-1].opens:
            raise ValueError(f"{place}: {text!r} begins before the interval ahead of it ends")
    return tuple(hours)
