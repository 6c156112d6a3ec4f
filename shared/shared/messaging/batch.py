"""What a handler gets: events in order, in the transaction that also moves the offset."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from shared.events.envelope import Recorded
from shared.eventstore.database import Transaction


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one source and partition; per subject each version exactly once, in order.

    `live` is False while starting or rebuilding from feeds: then nothing may be told to people.
    """

    tx: Transaction
    partition: int
    events: Sequence[Recorded]
    live: bool
    committed: list[Callable[[], None]] = field(default_factory=list)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once the transaction is durable; never when it is rolled back."""
        self.committed.append(callback)


BatchHandler = Callable[[Batch], Awaitable[None]]
