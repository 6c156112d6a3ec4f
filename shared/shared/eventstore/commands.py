"""A decision to make on a stream, and on a second one where a change touches two; and what it comes to."""

from collections.abc import Callable, Mapping, Sequence
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
DecideBeside = Callable[[S, S | None, datetime], Sequence[Event]]
Fold = Callable[[Sequence[Recorded]], S]


@dataclass(frozen=True, slots=True)
class Beside(Generic[S]):
    """The second stream of a command: both are decided and appended together, or neither.

    `decide` sees the first stream as it was, then this one (None when it is new, which `opens` says).
    """

    stream: UUID
    decide: DecideBeside[S]
    opens: bool = False


@dataclass(frozen=True, slots=True)
class Command(Generic[S]):
    """A decision to make on one stream, and on the one `beside` it.

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
    beside: Beside[S] | None = None
    correlation_id: UUID = field(default_factory=new_id)

    @property
    def streams(self) -> list[UUID]:
        """Every stream that it may append to."""
        return [self.stream] if self.beside is None else [self.stream, self.beside.stream]


@dataclass(frozen=True, slots=True)
class Committed(Generic[S]):
    """The stream after the command; `repeated` when this is the first answer given again."""

    stream: UUID
    state: S
    version: int
    repeated: bool = False


def decide(
    command: Command[S], histories: Mapping[UUID, Sequence[Recorded]], fold: Fold[S], now: datetime
) -> list[Append]:
    """What `command` adds to its streams, its own first. Raises NotFound, Stale, and what it decides."""
    history = histories.get(command.stream, ())
    state, tenant, version, moment = None, command.tenant, 0, now
    if not command.opens:
        _require(command, history)
        version = history[-1].version
        if command.expected is not None and command.expected != version:
            raise Stale("stale", f"The ticket is at version {version}; read it again and decide anew.")
        # Clocks may step back; within one stream time does not.
        moment = max(now, history[-1].time)
        state, tenant = fold(history), history[0].tenant
    beside, other, seen = command.beside, None, 0
    if beside is not None and not beside.opens:
        second = histories.get(beside.stream, ())
        _require(command, second)
        moment = max(moment, second[-1].time)
        other, seen = fold(second), second[-1].version
    appends = [_append(command, command.stream, tenant, version, command.decide(state, moment), moment)]
    if command.opens and not appends[0].events:
        raise Rejected("nothing-happened", "The request changes nothing.")
    if beside is not None and state is not None:
        told = beside.decide(state, other, moment)
        appends.append(_append(command, beside.stream, tenant, seen, told, moment))
    return appends


def _require(command: Command[S], history: Sequence[Recorded]) -> None:
    if not history or command.tenant not in (ALL_TENANTS, history[0].tenant):
        raise NotFound("not-found", "There is no such ticket.")


def _append(
    command: Command[S], stream: UUID, tenant: str, expected: int, events: Sequence[Event], moment: datetime
) -> Append:
    return Append(
        stream,
        tenant,
        expected,
        [NewEvent(new_id(), moment, event) for event in events],
        command.correlation_id,
        traceparent=command.traceparent,
    )
