"""What the service does with the events that it hears: fold, write, and wake whoever waits for them."""

from projections.arrivals import Arrivals
from projections.bells import Bells
from projections.domain.fold import fold
from projections.streaming import note
from projections.writing import write
from shared.messaging.batch import Batch, BatchHandler


def read_models(arrivals: Arrivals, bells: Bells | None = None) -> BatchHandler:
    """The handler of every batch, live or not: nothing here has effects on people.

    Without `bells` nobody follows along, and what changed is not noted: so in a rebuild.
    """

    async def handle(batch: Batch) -> None:
        changes = fold(batch.events)
        if bells is not None and changes.timeline:
            await note(batch.tx.connection, changes)
        await write(batch.tx.connection, changes)
        tickets = {event.subject for event in batch.events}
        batch.after_commit(lambda: arrivals.committed(tickets))
        if bells is not None:
            tenants = {event.tenant for event in batch.events}
            batch.after_commit(lambda: bells.ring(tenants))

    return handle
