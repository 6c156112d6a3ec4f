"""Teams, routes and rotas from `teams.yaml` of the seeds: checked, every fault with its place in the file."""

import re
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import yaml

from escalation.domain.rota import Level, Override, Rota, Shift, Weekday
from escalation.domain.teams import UNNAMED, OnCallPolicy, Person, Team, Teams
from shared.events.ticket import Category

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|(24):(00)")
_SPAN = re.compile(r"(?P<amount>[1-9]\d*) (?P<unit>second|minute|hour)s?")
_UNITS = {"second": 1, "minute": 60, "hour": 3600}


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all parts: a key that nobody reads is a mistake, not a wish."""


class _Shift(_File, frozen=True, kw_only=True):
    days: frozenset[Weekday]
    person: str
    start: str = msgspec.field(name="from", default="00:00")
    until: str = msgspec.field(name="to", default="24:00")


class _Override(_File, frozen=True, kw_only=True):
    date: date
    person: str
    start: str = msgspec.field(name="from", default="00:00")
    until: str = msgspec.field(name="to", default="24:00")


class _Level(_File, frozen=True, kw_only=True):
    shifts: tuple[_Shift, ...] = ()
    overrides: tuple[_Override, ...] = ()


class _Rota(_File, frozen=True, kw_only=True):
    zone: str
    levels: tuple[_Level, ...]


class _Team(_File, frozen=True, kw_only=True):
    id: str
    line: int
    name: str = ""
    competence: frozenset[Category] = frozenset()
    members: tuple[Person, ...] = ()
    on_call: _Rota | None = None


class _OnCall(_File, frozen=True, kw_only=True):
    ack_within: str
    attempts: int
    levels: int


class _Teams(_File, frozen=True, kw_only=True):
    routes: dict[str, dict[Category, int]] = {}
    on_call: _OnCall | None = None
    teams: tuple[_Team, ...] = ()


def read_teams(folder: Path) -> Teams:
    """The teams of `folder`; without the file each line has one team, and nobody is on call.

    Raises ValueError for a broken file.
    """
    path = folder / "teams.yaml"
    if not path.exists():
        return UNNAMED
    try:
        return parse(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as fault:
        raise ValueError(f"{path}: {fault}") from fault


def parse(text: str) -> Teams:
    """The teams that `text` describes. Raises ValueError (msgspec's too) and YAMLError."""
    file = msgspec.convert(yaml.safe_load(text), _Teams)
    teams = tuple(_team(team) for team in file.teams)
    if len({team.id for team in teams}) != len(teams):
        raise ValueError("teams: two of them have one id")
    policy = OnCallPolicy()
    if file.on_call is not None:
        if file.on_call.attempts < 1 or file.on_call.levels < 1:
            raise ValueError("on_call: at least one attempt on at least one level")
        policy = OnCallPolicy(
            ack_within=_span("on_call.ack_within", file.on_call.ack_within),
            attempts=file.on_call.attempts,
            levels=file.on_call.levels,
        )
    return Teams(teams=teams, routes=file.routes, on_call=policy)


def _team(file: _Team) -> Team:
    place = f"teams.{file.id}"
    if file.line < 1:
        raise ValueError(f"{place}.line: lines are counted from 1")
    members = {member.id for member in file.members}
    if file.on_call is not None:
        levels = file.on_call.levels
        named = {shift.person for level in levels for shift in level.shifts}
        named |= {override.person for level in levels for override in level.overrides}
        if unknown := named - members:
            raise ValueError(f"{place}.on_call: {sorted(unknown)} are no members of the team")
        mute = named & {member.id for member in file.members if not member.can_be_reached}
        if mute:
            raise ValueError(
                f"{place}.on_call: {sorted(mute)} can be reached neither by mail nor by telephone"
            )
    return Team(
        id=file.id,
        line=file.line,
        name=file.name,
        competence=file.competence,
        members=file.members,
        on_call=None if file.on_call is None else _rota(f"{place}.on_call", file.on_call),
    )


def _rota(place: str, file: _Rota) -> Rota:
    try:
        ZoneInfo(file.zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise ValueError(f"{place}.zone: there is no zone {file.zone!r}") from fault
    return Rota(
        zone=file.zone,
        levels=tuple(
            Level(
                shifts=tuple(
                    Shift(
                        days=shift.days,
                        person=shift.person,
                        start=_minutes(place, shift.start),
                        until=_minutes(place, shift.until),
                    )
                    for shift in level.shifts
                ),
                overrides=tuple(
                    Override(
                        date=entry.date,
                        person=entry.person,
                        start=_minutes(place, entry.start),
                        until=_minutes(place, entry.until),
                    )
                    for entry in level.overrides
                ),
            )
            for level in file.levels
        ),
    )


def _minutes(place: str, text: str) -> int:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{place}: {text!r} is no time of day like 17:00 (24:00 is the day's end)")
    hours, minutes = (part for part in found.groups() if part is not None)
    return int(hours) * 60 + int(minutes)


def _span(place: str, text: str) -> int:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{place}: {text!r} is no span like 10 minutes")
    return int(found["amount"]) * _UNITS[found["unit"]]
