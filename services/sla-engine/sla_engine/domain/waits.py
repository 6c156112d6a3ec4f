"""The ticket's waits for its customer, in order; the last may still be open (R11)."""

import msgspec

from sla_engine.domain.clock import Pause
from sla_engine.domain.instants import Micros

Pauses = tuple[Pause, ...]


def open_wait(pauses: Pauses) -> Pause | None:
    """The wait that goes on, if one does."""
    return pauses[-1] if pauses and pauses[-1].end is None else None


def begun(pauses: Pauses, at: Micros) -> Pauses:
    """With a wait from `at` on; asking again while waiting begins no other."""
    return pauses if open_wait(pauses) else (*pauses, Pause(at))


def ended(pauses: Pauses, at: Micros) -> Pauses:
    """With the open wait, if any, over at `at`."""
    last = open_wait(pauses)
    if last is None:
        return pauses
    return (*pauses[:-1], msgspec.structs.replace(last, end=max(at, last.start)))
