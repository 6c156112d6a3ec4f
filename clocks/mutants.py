"""Planted bugs, a line each: what the comparison is worth is how many of them it catches, and how soon."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any
from unittest.mock import patch

import msgspec

from clocks.cases import cases
from clocks.judging import calendars, judge
from clocks.terms import MINUTE, SECOND
from sla_engine.domain import announcing, calendar, clock, days, recomputing, telling
from sla_engine.domain.policy import Form
from sla_engine.domain.red_days import Year

Original = Callable[..., Any]


@dataclass(frozen=True)
class Mutant:
    """`name` in `owner` is replaced by `instead`, which is handed the original first."""

    bug: str
    owner: Any
    name: str
    instead: Original


@dataclass(frozen=True)
class Caught:
    """After how many lives a mutant showed; None when it never did."""

    bug: str
    after: int | None
    told: str = ""


def try_all(seed: int, number: int) -> Iterator[Caught]:
    """Each in turn, against the same lives."""
    for mutant in MUTANTS:
        with _planted(mutant):
            yield _hunt(mutant, seed, number)


def _hunt(mutant: Mutant, seed: int, number: int) -> Caught:
    for lived, case in enumerate(cases(seed, number), start=1):
        if differences := judge(case).differences:
            return Caught(mutant.bug, lived, f"{case.contract}, {case.why}: {differences[0]}")
    return Caught(mutant.bug, None)


@contextmanager
def _planted(mutant: Mutant) -> Iterator[None]:
    original = getattr(mutant.owner, mutant.name)
    calendars.cache_clear()
    with patch.object(mutant.owner, mutant.name, lambda *a, **n: mutant.instead(original, *a, **n)):
        yield
    calendars.cache_clear()


def _rules(**changed: Any) -> Original:
    return lambda day_of, rules, day: day_of(msgspec.structs.replace(rules, **changed), day)


def _without_ascension(days_of: Original, country: str, year: int) -> Year:
    found = days_of(country, year)
    red = {day: names for day, names in found.red_days.items() if names.en != "Ascension Day"}
    return Year(red, found.eves)


def _reckoned(form: Form, instead: Original) -> Original:
    def reckon(original: Original, at: Any, base: Any, start: int, within: Any) -> Any:
        if within.form is form:
            return instead(original, at, base, start, within)
        return original(at, base, start, within)

    return reckon


def _winter_all_year(original: Original, zone: Any, laid: list[days.Day]) -> Any:
    winter = datetime(laid[0].date.year, 1, 10, tzinfo=zone).utcoffset()
    return original(timezone(winter or timedelta()), laid)


def _closing_is_open(original: Original, at: calendar.Calendar, instant: int) -> int:
    return instant if original(at, instant - 1) == instant - 1 else int(original(at, instant))


def _as_correction(original: Original, told: Any, event: Any, at: int) -> None:
    original(told, msgspec.structs.replace(event, basis="correction"), at)


def _first_pause_only(original: Original, at: Any, mark: int, start: int, pauses: Any, elapsed: bool) -> Any:
    return original(at, mark, start, pauses[:1], elapsed)


MUTANTS = (
    Mutant("a short day is as long as any", calendar, "day_of", _rules(short_hours=None)),
    Mutant("bridge days are open", calendar, "day_of", _rules(closed_on_bridge_days=False)),
    Mutant("eves are working days", calendar, "day_of", _rules(eves=frozenset())),
    Mutant("Saturdays are like weekdays", calendar, "day_of", _rules(hours_on={})),
    Mutant("Finland keeps Sweden's red days", days, "days_of", lambda of, _, year: of("sweden", year)),
    Mutant("Ascension Day is forgotten", days, "days_of", _without_ascension),
    Mutant("clocks never change", calendar, "opening_intervals", _winter_all_year),
    Mutant(
        "time that is out at closing is due at the next opening", calendar.Calendar, "add_open_time",
        lambda add, at, start, amount: at.next_opening(add(at, start, amount)),
    ),
    Mutant("the closing instant is open", calendar.Calendar, "next_opening", _closing_is_open),
    Mutant(
        "instants are cut to minutes", clock, "begun",
        lambda begun, base, target: begun(base, target) // MINUTE * MINUTE,
    ),
    Mutant(
        "elapsed time is support time", clock, "_reckon",
        _reckoned(Form.ELAPSED_TIME, lambda _, at, _b, start, within: at.add_open_time(start, within.amount)),
    ),
    Mutant(
        "working days count from received", clock, "_reckon",
        _reckoned(
            Form.WORKING_DAYS,
            lambda reckon, at, base, start, within: reckon(
                at, clock.Base(base.received, base.received), start, within
            ),
        ),
    ),
    Mutant("warnings are rounded down", clock, "up_to_second", lambda _, at: at // SECOND * SECOND),
    Mutant(
        "what starts at registration starts at received", clock, "begun",
        lambda _, base, target: base.received,
    ),
    Mutant("only the first wait counts", clock, "move", _first_pause_only),
    Mutant(
        "a changed priority forgets the waits", telling, "compute",
        lambda compute, policy, at, base, target, pauses=(): compute(policy, at, base, target),
    ),
    Mutant("worsened counts from received", recomputing, "prioritised", _as_correction),
    Mutant("announced hours move nothing", announcing, "moved", lambda _, terms, state, at: (state, [])),
)  # fmt: skip
