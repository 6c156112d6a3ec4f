"""What the service does with the events that it hears: fold, write, and wake whoever waits for them."""

from projections.arrivals import Arrivals
from projections.domain.fold import fold
from projections.writing import write
from shared.messaging.batch import Batch, BatchHandler


def read_models(arrivals: Arrivals) -> BatchHandler:
    """The handler of every batch, live or not: nothing here has effects on people."""

    async def handle(batch: Batch) -> None:
        await write(batch.tx.connection, fold(batch.events))
        tickets = {event.subject for event in batch.events}
        batch.after_commit(lambda: arrivals.committed(tickets))

    return handle
