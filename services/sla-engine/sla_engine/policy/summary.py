"""A policy told to people: when support is open, and what is promised for which priority."""

from collections.abc import Iterator

from rich import box
from rich.table import Table

from sla_engine.domain.days import CalendarRules, Hours
from sla_engine.domain.instants import HOUR, MINUTE, SECOND
from sla_engine.domain.policy import PRIORITIES, Duration, Form, Policy, Target
from sla_engine.domain.red_days import FEASTS

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WHOLE_WEEK = 7
_UNITS = ((HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second"))


def opening(rules: CalendarRules) -> Iterator[str]:
    """A line for each thing to know of the calendar."""
    yield f"Open {_days(rules.weekdays)} {_hours(rules.hours)}, {rules.zone}; calendar {rules.version}"
    for day, hours in sorted(rules.hours_on.items()):
        yield f"On {_WEEKDAYS[day]} {_hours(hours)}"
    closed = [f"the red days of {rules.red_days.capitalize()}"] if rules.red_days else []
    feasts = FEASTS[rules.red_days] if rules.red_days else ()
    closed += [feast.names.en for feast in feasts if feast.eve in rules.eves]
    closed += ["bridge days"] if rules.closed_on_bridge_days else []
    yield f"Closed on {', '.join(closed)}" if closed else "Open on red days and eves too"
    if rules.short_hours is not None:
        yield (
            f"Before a red day {_hours(rules.short_hours)}"
            if rules.short_hours
            else "Closed before a red day"
        )


def handling(policy: Policy) -> Iterator[str]:
    """What else there is to know, a line each."""
    yield f"Lines 1 to {policy.lines}; warns when {policy.warn_percent} % of the time has passed"
    if policy.default_priority:
        yield f"Without priority a ticket runs as {policy.default_priority}"
    if policy.priority_is_wish:
        yield "A customer's priority is a wish"
    if policy.pauses:
        yield f"Stand still while waiting for the customer: {_names(policy.pauses)}"
    if policy.suspends:
        yield f"Dropped while waiting for the customer, and begun anew: {_names(policy.suspends)}"


def targets(policy: Policy) -> Table:
    """A row for each clock, a column for each group of tickets that has clocks."""
    groups: dict[str, tuple[Target, ...]] = {"every ticket": policy.always, "untriaged": policy.untriaged}
    for priority in PRIORITIES:
        groups[priority] = policy.by_priority[priority]
    shown = {name: {target.kind: target for target in group} for name, group in groups.items() if group}
    table = Table("clock", *shown, box=box.SIMPLE_HEAD)
    for kind in dict.fromkeys(kind for group in shown.values() for kind in group):
        cells = [_cell(group[kind]) if kind in group else "" for group in shown.values()]
        table.add_row(kind.replace("_", " "), *cells)
    return table


def _cell(target: Target) -> str:
    told = _lasting(target.within)
    if target.soft:
        told = f"{_lasting(target.soft)}, at most {told}"
    if target.starts == "registered":
        told += " from registration"
    return f"{told} ({target.commitment})"


def _lasting(duration: Duration) -> str:
    match duration.form:
        case Form.SAME_DAY:
            return "same day"
        case Form.WORKING_DAYS | Form.NEXT_OPEN_DAYS:
            return _counted(duration.amount, f"{duration.form.removesuffix('_days').replace('_', ' ')} day")
        case Form.SUPPORT_TIME | Form.ELAPSED_TIME:
            size, unit = next((s, name) for s, name in _UNITS if duration.amount % s == 0)
            return _counted(duration.amount // size, f"{duration.form.removesuffix('_time')} {unit}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _days(weekdays: frozenset[int]) -> str:
    if len(weekdays) == _WHOLE_WEEK:
        return "every day"
    inner = sorted(weekdays)
    if len(inner) > 2 and inner[-1] - inner[0] == len(inner) - 1:
        return f"{_WEEKDAYS[inner[0]]}–{_WEEKDAYS[inner[-1]]}"
    return ", ".join(_WEEKDAYS[day] for day in inner)


def _hours(hours: tuple[Hours, ...]) -> str:
    return " and ".join(map(str, hours))


def _names(kinds: frozenset[str]) -> str:
    return ", ".join(kind.replace("_", " ") for kind in sorted(kinds))
