"""What the engine keeps of one ticket, as its row of `states` holds it."""

from datetime import datetime
from uuid import UUID

import msgspec

from shared.events import codec
from shared.events.envelope import Event, Recorded
from sla_engine.domain.state import State


class Cause(msgspec.Struct, frozen=True):
    """What own events follow from: an event's id, and the conversation and trace that they carry on."""

    id: UUID
    correlation_id: UUID
    traceparent: str | None


class Early(msgspec.Struct, frozen=True):
    """An event of another source that came before the ticket's own first one; `data` is its JSON."""

    type: str
    data: str
    time: datetime
    cause: Cause

    def event(self) -> Event | None:
        """The event itself; None when this version of the code does not know its type."""
        return codec.decode(self.type, self.data.encode())


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """`state` is None until `TicketOpened` has come; `origin` is then that event, which timers carry on.

    `early`: what others said of the ticket before, in their order. Sources may come in any interleaving.
    """

    state: State | None = None
    origin: Cause | None = None
    early: tuple[Early, ...] = ()


def cause_of(event: Recorded) -> Cause:
    """`event` as a cause."""
    return Cause(event.id, event.correlation_id, event.traceparent)


def too_early(event: Recorded) -> Early:
    """`event`, to be kept until the ticket is known. Nothing personal is kept with it."""
    public, _ = codec.encode(event.data)
    return Early(event.type, public.decode(), event.time, cause_of(event))
