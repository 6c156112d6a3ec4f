"""The order of one ticket's events, decided purely: next, already held, or to be parked.

Version checks come before any look at an event's type: an unknown type counts like every other.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from shared.messaging.received import Received


class Diverged(Exception):
    """Two different events claim one version: the history was forked; nothing here can tell which holds."""


class Reason(StrEnum):
    """Why an event is parked."""

    GAP = "gap"  # an earlier version has not come
    FAILED = "failed"  # the handler refused it; waits for an operator
    BEHIND = "behind"  # an earlier version is parked
    RETRY = "retry"  # an operator wants it tried again


class Parked(NamedTuple):
    """A parked version of a line."""

    event_id: UUID
    reason: Reason


class Aside(NamedTuple):
    """An event to be parked."""

    received: Received
    reason: Reason
    error: str = ""


@dataclass(slots=True)
class Line:
    """Where one (source, subject) stands: the newest handled version, and what is parked beyond it."""

    version: int = 0
    event_id: UUID | None = None
    parked: dict[int, Parked] = field(default_factory=dict)
    began_at: int = 0
    aside: list[Aside] = field(default_factory=list)

    def offer(self, received: Received) -> bool:
        """Whether `received` is to be handled now; else it is held already, or was put aside.

        Raises Diverged when the same version is known under another id.
        """
        version, event_id = received.version, received.attributes.id
        if version == self.version and event_id != self.event_id:
            raise Diverged(f"{received.subject} version {version}: {self.event_id} and {event_id}")
        if version <= self.version:
            return False
        if (known := self.parked.get(version)) is not None:
            if known.event_id != event_id:
                raise Diverged(f"{received.subject} version {version}: {known.event_id} and {event_id}")
            return False
        if version == self.version + 1:
            self.advance(received)
            return True
        self.put_aside(received, Reason.BEHIND if self.parked else Reason.GAP)
        return False

    def advance(self, received: Received) -> None:
        """`received` is the next one, and is being handled."""
        self.version, self.event_id = received.version, received.attributes.id

    def put_aside(self, received: Received, reason: Reason, error: str = "") -> None:
        """Park `received`."""
        self.parked[received.version] = Parked(received.attributes.id, reason)
        self.aside.append(Aside(received, reason, error))

    @property
    def ready(self) -> int | None:
        """The parked version whose turn it is, unless it waits for an operator."""
        known = self.parked.get(self.version + 1)
        return None if known is None or known.reason is Reason.FAILED else self.version + 1
