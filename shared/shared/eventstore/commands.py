"""A decision to make on one stream, and what it comes to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from shared.errors import NotFound, Rejected, Stale
from shared.events.envelope import Event, Recorded
from shared.events.ids import new_id
from shared.eventstore import idempotency
from shared.eventstore.database import ALL_TENANTS
from shared.eventstore.store import Append, NewEvent

S = TypeVar("S")
Decide = Callable[[S | None, datetime], Sequence[Event]]
Fold = Callable[[Sequence[Recorded]], S]


@dataclass(frozen=True, slots=True)
class Command(Generic[S]):
    """A decision to make on one stream.

    `tenant`: the customer whose stream it must be, or ALL_TENANTS for support. `opens`: the stream is new and
    belongs to `tenant`. `expected`: the version that the caller's If-Match names.
    """

    stream: UUID
    tenant: str
    decide: Decide[S]
    opens: bool = False
    expected: int | None = None
    key: idempotency.Key | None = None
    traceparent: str | None = None
    correlation_id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Committed(Generic[S]):
    """The stream after the command; `repeated` when this is the first answer given again."""

    stream: UUID
    state: S
    version: int
    repeated: bool = False


def decide(command: Command[S], history: Sequence[Recorded], fold: Fold[S], now: datetime) -> Append:
    """What `command` adds to a stream with `history`. Raises NotFound, Stale, and what it decides."""
    if command.opens:
        state, tenant, version, moment = None, command.tenant, 0, now
    else:
        if not history or command.tenant not in (ALL_TENANTS, history[0].tenant):
            raise NotFound("not-found", "There is no such ticket.")
        version = history[-1].version
        if command.expected is not None and command.expected != version:
            raise Stale("stale", f"The ticket is at version {version}; read it again and decide anew.")
        # Clocks may step back; within one stream time does not.
        moment = max(now, history[-1].time)
        state, tenant = fold(history), history[0].tenant
    events = [NewEvent(new_id(), moment, event) for event in command.decide(state, moment)]
    if command.opens and not events:
        raise Rejected("nothing-happened", "The request changes nothing.")
    return Append(
        command.stream, tenant, version, events, command.correlation_id, traceparent=command.traceparent
    )
