"""What fits the shape and still cannot be meant: terms that contradict each other, or come to nothing."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from sla_engine.domain.policy import PRIORITIES, Duration, Form
from sla_engine.policy.fitting import Fitted, Path
from sla_engine.policy.notation import duration, hours

Found = tuple[Path, str, str]
"""Where, what is wrong, and what to write instead."""


def contradictions(fitted: Fitted) -> Iterator[Found]:
    """Every one; of values that are faulty in themselves nothing more is said."""
    for rule in _RULES:
        yield from rule(fitted)


def _hours_in_order(file: Fitted) -> Iterator[Found]:
    for path in (("hours",), ("short_hours",), *(("hours_on", day) for day in _own_hours(file))):
        read = [hours(text) for text in file.get("calendar", *path) or []]
        for before, after in pairwise(read):
            if before.closes > after.opens:
                told = f"`{after}` begins before `{before}` ends"
                yield ("calendar", *path), told, "opening hours in order, apart from each other"


def _hours_of_no_day(file: Fitted) -> Iterator[Found]:
    for day in _own_hours(file) if file.is_read("calendar", "weekdays") else ():
        if day not in file.get("calendar", "weekdays"):
            told = f"`{day}` is not one of `weekdays`, so it never opens"
            yield ("calendar", "hours_on", day), told, f"add `{day}` to `weekdays`, or leave it out here"


def _own_hours(file: Fitted) -> list[str]:
    return list(file.get("calendar", "hours_on") or ())


def _days_off_that_never_come(file: Fitted) -> Iterator[Found]:
    if file.get("calendar", "red_days") != "none":
        return
    if file.get("calendar", "eves"):
        told = "there are no eves where no day is red"
        yield ("calendar", "eves"), told, "name a country in `red_days`, or leave `eves` out"
    if file.get("calendar", "short_hours") is not None:
        yield ("calendar", "short_hours"), "no day is short where no day is red", "leave `short_hours` out"
    if file.get("calendar", "bridge_days") == "closed":
        told = "there are no bridge days where no day is red"
        yield ("calendar", "bridge_days"), told, "leave `bridge_days` out"


def _soft_after_hard(file: Fitted) -> Iterator[Found]:
    for group, kind, target in _targets(file):
        soft, within = target.get("soft"), target.get("within")
        if soft and within and _never_before(duration(soft), duration(within)):
            told = f"`soft: {soft}` is never before `within: {within}`"
            yield ("targets", group, kind, "soft"), told, "a shorter time, or leave `soft` out"


def _never_before(soft: Duration, hard: Duration) -> bool:
    if soft.form is hard.form:
        return soft.amount >= hard.amount
    # Open time passes no faster than time; and every count of days ends no earlier than the received day.
    slower = soft.form is Form.SUPPORT_TIME and hard.form is Form.ELAPSED_TIME and soft.amount >= hard.amount
    return slower or (hard.form is Form.SAME_DAY and soft.form in (Form.WORKING_DAYS, Form.NEXT_OPEN_DAYS))


def _told_twice(file: Fitted) -> Iterator[Found]:
    default = file.get("default_priority")
    beside: dict[str, list[str]] = {priority: ["always"] for priority in PRIORITIES}
    beside["untriaged"] = ["always", default] if default else ["always"]
    for group, kind, _ in _targets(file):
        for other in beside.get(group, ()):
            if kind in (file.get("targets", other) or {}):
                told = f"a ticket would have `{kind}` twice: it is in `targets.{other}` too"
                yield ("targets", group, kind), told, "keep one of them"


def _clocks_that_nobody_has(file: Fitted) -> Iterator[Found]:
    kinds = {kind for _, kind, _ in _targets(file)}
    for name in ("pauses", "suspends") if file.is_read("targets", depth=2) else ():
        for number, kind in enumerate(file.get(name) or []):
            if kind not in kinds:
                yield (
                    (name, number),
                    f"no priority has a target for `{kind}`",
                    "add one, or leave it out here",
                )
    for number, kind in enumerate(file.get("suspends") or []):
        if kind in (file.get("pauses") or []):
            told = f"`{kind}` cannot stand still and be dropped"
            yield ("suspends", number), told, "keep it in `pauses` or in `suspends`"


def _answers_that_nobody_owes(file: Fitted) -> Iterator[Found]:
    if not file.is_read("targets", depth=2):
        return
    always = file.get("targets", "always") or {}
    for name in ("work_is_a_response", "answered_on_registration"):
        for number, priority in enumerate(file.get(name) or []):
            if "response" not in always and "response" not in (file.get("targets", priority) or {}):
                told = f"{priority} has no target for `response`"
                yield (name, number), told, "add one, or leave it out here"


def _nothing_promised(file: Fitted) -> Iterator[Found]:
    if not file.is_read("targets", depth=2):
        return
    if isinstance(file.get("targets"), dict) and not list(_targets(file)):
        yield ("targets",), "no target at all", "such as `always: {triage: {within: 2 support hours, …}}`"
    default = file.get("default_priority")
    if default and not file.get("targets", default) and not file.get("targets", "always"):
        yield ("default_priority",), f"{default} has no targets", f"add `{default}:` to `targets`"


def _no_line_beyond(file: Fitted) -> Iterator[Found]:
    if file.get("lines") == 1:
        for group, kind, _ in _targets(file):
            if kind == "line_limit":
                yield ("targets", group, kind), "there is no line to move to", "`lines: 2`, or leave it out"


def _targets(file: Fitted) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for group, members in (file.get("targets") or {}).items():
        for kind, target in members.items():
            yield group, kind, target


_RULES: tuple[Callable[[Fitted], Iterator[Found]], ...] = (
    _hours_in_order,
    _hours_of_no_day,
    _days_off_that_never_come,
    _soft_after_hard,
    _told_twice,
    _clocks_that_nobody_has,
    _answers_that_nobody_owes,
    _nothing_promised,
    _no_line_beyond,
)
