"""Ways in which the SLA engine goes wrong."""

# ruff: noqa: PLC0415 - a bug loads only the service that has it, and the checker none

from typing import Any
from uuid import uuid4

from faults.bugs.patching import every, wrap


def _falling(instead: Any) -> None:
    """Both places that ask what has fallen due."""
    from sla_engine.domain import falling_due, telling

    wrap(falling_due, "fallen", instead)
    vars(telling)["fallen"] = falling_due.fallen


def _is_breach(event: Any) -> bool:
    return type(event).__name__ == "DeadlineBreached"


def fires_twice() -> None:
    """Says each breach twice, and gives it a new id each time: the store would refuse the same one."""
    from sla_engine import recording

    def fallen(original: Any, *arguments: Any, **named: Any) -> Any:
        events = original(*arguments, **named)
        return [*events, *filter(_is_breach, events)]

    def event_id(original: Any, event: Any) -> Any:
        return uuid4() if _is_breach(event) else original(event)

    wrap(recording, "event_id", event_id)
    _falling(fallen)


def never_fires() -> None:
    """Lets some deadlines pass in silence."""

    def fallen(original: Any, deadline: Any, *arguments: Any, **named: Any) -> Any:
        events = original(deadline, *arguments, **named)
        silent = deadline.kind in ("response", "work_started")
        return [event for event in events if not (silent and _is_breach(event))]

    _falling(fallen)


def breaches_what_was_met() -> None:
    """Takes what was done for undone: the breach is said first, however early it was."""
    from sla_engine.domain.telling import Telling

    def meet(original: Any, self: Any, kind: Any, at: Any) -> Any:
        found = self.state.deadlines.get(kind)
        if found is not None and found.status == "running" and kind == "work_started":
            self.settle(found.due + 1, kind)
            return None
        return original(self, kind, at)

    wrap(Telling, "meet", meet)


def met_when_heard() -> None:
    """Judges by when it hears, not by when it happened."""
    from sla_engine.domain.telling import Telling

    def meet(original: Any, self: Any, kind: Any, at: Any) -> Any:
        return original(self, kind, max(at, self.now))

    wrap(Telling, "meet", meet)


def forgets_a_clock() -> None:
    """Starts all but some response clocks."""
    from sla_engine.domain.telling import Telling

    forget = every(10)

    def start(original: Any, self: Any, target: Any, *arguments: Any) -> Any:
        if target.kind == "response" and forget():
            return None
        return original(self, target, *arguments)

    wrap(Telling, "start", start)


def undoes_its_own_breach() -> None:
    """Takes the move that a breached line limit causes for the ticket's having left line 1 in time."""
    from sla_engine.domain import deadlines

    vars(deadlines)["_by_limit"] = lambda state, event: False


def forgets_to_pause() -> None:
    """Takes a question for an ordinary word: the customer is waited for on support's time."""
    from sla_engine.domain.telling import Telling

    wrap(Telling, "pause", lambda original, self, kind, at: None)


def judges_without_marks() -> None:
    """Fires whether or not evidence may still be under way."""
    from sla_engine import firing, timers

    vars(firing)["lags"] = vars(timers)["lags"] = lambda mark, now, since: False
