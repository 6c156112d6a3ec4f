"""When own events count as having happened."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from shared.events.ids import new_id
from shared.events.sla import BreachRetracted, DeadlineBreached, DeadlineStarted, SlaEvent
from shared.eventstore.database import Transaction
from shared.eventstore.store import Append, EventStore
from sla_engine.kept import Cause
from sla_engine.recording import Recording

CHANGE = datetime(2026, 9, 7, 10, 15, tzinfo=UTC)
DUE = CHANGE - timedelta(minutes=45)
LATER = CHANGE + timedelta(seconds=3)
OF: dict[str, Any] = {"deadline_id": "d", "kind": "response"}
BREACHED = DeadlineBreached(**OF, commitment="promise", due_at=DUE, detected_at=LATER)
STARTED = DeadlineStarted(
    **OF, due_at=DUE, warn_at=None, received_at=DUE, commitment="promise", in_support_hours=True,
    generation=1, policy="p", policy_version="1", calendar_version="1", tzdata_version="1",
)  # fmt: skip


class Keeping:
    """A store that keeps what it is given."""

    def __init__(self) -> None:
        self.appends: list[Append] = []

    async def append(self, tx: Transaction, appends: Any) -> None:
        self.appends += appends


async def times(*events: SlaEvent) -> list[datetime]:
    recording, store = Recording(), Keeping()
    cause = Cause(new_id(), new_id(), None)
    recording.add(new_id(), "acme", 0, cause, [(event, CHANGE) for event in events], {})
    await recording.store(cast(EventStore, store), cast(Transaction, None))
    return [event.time for append in store.appends for event in append.events]


async def test_a_breach_happened_when_it_was_due() -> None:
    assert await times(BREACHED) == [DUE]


async def test_a_deadline_that_began_past_its_due_is_breached_as_it_begins() -> None:
    assert await times(STARTED, BREACHED) == [CHANGE, CHANGE]


async def test_a_retraction_happens_when_it_is_found_and_so_after_the_breach() -> None:
    retracted = BreachRetracted(**OF, due_at=DUE, met_at=DUE - timedelta(seconds=1), retracted_at=LATER)
    assert await times(retracted) == [LATER]
