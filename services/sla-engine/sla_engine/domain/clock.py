"""The clocks of a ticket: when it counts as received, and when each deadline falls due (R5–R13).

Pure arithmetic: a policy, its calendar and the ticket's facts in, instants out. Marks (due, soft, warning)
are computed without pauses first; each pause then moves the marks that still lay ahead of it.
"""

from collections.abc import Sequence

import msgspec

from sla_engine.domain.calendar import Calendar
from sla_engine.domain.instants import Micros, up_to_second
from sla_engine.domain.policy import Commitment, Duration, Form, Kind, Policy, Priority, Target, warn_after


class Pause(msgspec.Struct, frozen=True):
    """Waiting for the customer from `start` to `end`; still waiting when there is no end."""

    start: Micros
    end: Micros | None = None


class Agreed(msgspec.Struct, frozen=True):
    """A resolution date agreed with the customer (R10): it must lie after the agreement."""

    due: Micros
    at: Micros


class Base(msgspec.Struct, frozen=True):
    """What a ticket's clocks count from. Under `worsened` both are the instant of the change (R12)."""

    registered: Micros
    received: Micros


class Deadline(msgspec.Struct, frozen=True):
    """A computed deadline. `start` is what its time counts from; `elapsed`: nights count too.

    `warn` is a whole second, save when `due` comes before that second is out.
    """

    kind: Kind
    due: Micros
    warn: Micros
    commitment: Commitment
    start: Micros
    soft: Micros | None = None
    elapsed: bool = False
    agreed: bool = False


def received(calendar: Calendar, registered: Micros) -> Base:
    """A ticket registered outside support hours counts as received at the next opening (R5)."""
    return Base(registered, calendar.next_opening(registered))


def begun(base: Base, target: Target) -> Micros:
    """What the target's time counts from (R8)."""
    return base.received if target.starts == "received" else base.registered


def deadlines(
    policy: Policy,
    calendar: Calendar,
    base: Base,
    priority: Priority | None,
    *,
    pauses: Sequence[Pause] = (),
    agreed: Agreed | None = None,
) -> list[Deadline]:
    """Every deadline that such a ticket has, in the policy's order."""
    found = [
        compute(policy, calendar, base, target, pauses)
        for target in policy.targets(priority)
        if agreed is None or target.kind != "resolution"
    ]
    if agreed is not None:
        found.append(agreed_date(policy, agreed))
    return found


def compute(
    policy: Policy, calendar: Calendar, base: Base, target: Target, pauses: Sequence[Pause] = ()
) -> Deadline:
    """One target's deadline, moved by the pauses if its kind can be paused."""
    start = begun(base, target)
    within, elapsed = target.within, target.within.form is Form.ELAPSED_TIME
    due = _reckon(calendar, base, start, within)
    timed = elapsed or within.form is Form.SUPPORT_TIME
    total = within.amount if timed else calendar.open_time_between(start, due)
    warn = after(calendar, start, warn_after(total, policy.warn_percent), elapsed)
    soft = None if target.soft is None else _reckon(calendar, base, start, target.soft)
    if pauses and target.kind in policy.pauses:
        due = move(calendar, due, start, pauses, elapsed)
        warn = move(calendar, warn, start, pauses, elapsed)
        soft = None if soft is None else move(calendar, soft, start, pauses, elapsed)
    return Deadline(
        target.kind, due, min(up_to_second(warn), due), target.commitment, start, soft=soft, elapsed=elapsed
    )


def agreed_date(policy: Policy, agreed: Agreed) -> Deadline:
    """The agreed resolution date: a point in time, warned at its share of the time since the agreement.

    Raises ValueError when it does not lie after the agreement.
    """
    if agreed.due <= agreed.at:
        raise ValueError("an agreed date must lie after the agreement")
    warn = agreed.at + warn_after(agreed.due - agreed.at, policy.warn_percent)
    return Deadline(
        "resolution",
        agreed.due,
        min(up_to_second(warn), agreed.due),
        "aim",
        agreed.at,
        elapsed=True,
        agreed=True,
    )


def promised_update(policy: Policy, plain: Deadline, promised: Micros) -> Deadline:
    """The update deadline when support named the instant itself: a point in time (R16)."""
    warn = plain.start + warn_after(max(0, promised - plain.start), policy.warn_percent)
    return msgspec.structs.replace(plain, due=promised, warn=min(up_to_second(warn), promised), elapsed=True)


def move(calendar: Calendar, mark: Micros, start: Micros, pauses: Sequence[Pause], elapsed: bool) -> Micros:
    """Where `mark` comes to lie when the pauses, in order, stop the time that began at `start` (R11).

    What was left at a pause is added from its end; an open pause leaves the mark as it was. A mark that is
    reached exactly when a pause begins has nothing left, and lies at that pause's end.
    """
    for pause in pauses:
        begun = max(pause.start, start)
        if pause.end is None or mark < begun:
            return mark
        if pause.end > begun:
            mark = after(calendar, pause.end, time_between(calendar, begun, mark, elapsed), elapsed)
    return mark


def time_between(calendar: Calendar, start: Micros, end: Micros, elapsed: bool) -> Micros:
    """The time that counts in [start, end)."""
    return end - start if elapsed else calendar.open_time_between(start, end)


def after(calendar: Calendar, start: Micros, amount: Micros, elapsed: bool) -> Micros:
    """When `amount` of the time that counts has passed since `start`."""
    return start + amount if elapsed else calendar.add_open_time(start, amount)


def _reckon(calendar: Calendar, base: Base, start: Micros, within: Duration) -> Micros:
    match within.form:
        case Form.SUPPORT_TIME:
            return calendar.add_open_time(start, within.amount)
        case Form.ELAPSED_TIME:
            return start + within.amount
        case Form.WORKING_DAYS:
            return calendar.closing_of_nth_open_day_after(calendar.local_date(base.registered), within.amount)
        case Form.SAME_DAY:
            return calendar.closing_of_day(calendar.local_date(calendar.next_opening(start)))
        case Form.NEXT_OPEN_DAYS:
            return calendar.closing_of_nth_open_day_after(calendar.local_date(start), within.amount)
