"""The order of one ticket's events, decided purely: next, already held, or to be parked.

Version checks come before any look at an event's type: an unknown type counts like every other.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from shared.messaging.received import Received


class Reason(StrEnum):
    """Why an event is parked."""

    GAP = "gap"  # an earlier version has not come
    FAILED = "failed"  # the handler refused it; waits for an operator
    BEHIND = "behind"  # an earlier version is parked
    RETRY = "retry"  # an operator wants it tried again
    DIVERGED = "diverged"  # another event has claimed the same version; waits for an operator
    SKIPPED = "skipped"  # an operator lays that claim away; the owner's feed tells how the ticket goes on


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

        Two events that claim one version are a forked history, and nothing here can tell which holds: the
        second is never handled, and nothing of that ticket is until an operator has looked.
        """
        version, event_id = received.version, received.attributes.id
        parked = self.parked.get(version)
        known = self.event_id if version == self.version else parked.event_id if parked else None
        if version < self.version or event_id in (known, parked and parked.event_id):
            return False
        if known is not None:
            self.put_aside(
                received, Reason.DIVERGED, f"version {version} is {known} here, and {event_id} too"
            )
            return False
        if version == self.version + 1 and not self.disputed:
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
        if known is None or known.reason is Reason.FAILED or self.disputed:
            return None
        return self.version + 1

    @property
    def disputed(self) -> bool:
        """Whether two events have claimed one version, and the dispute is not settled."""
        return any(known.reason in (Reason.DIVERGED, Reason.SKIPPED) for known in self.parked.values())
