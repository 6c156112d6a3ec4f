"""Two events that claim one version of a ticket: told loudly, and laid away when an operator says so.

The ticket waits, and its partition goes on. What the ticket's owner says is read from its feed when the
claim is laid away: should that be another event than the one handled here, the two are in dispute again.
"""

from collections.abc import Iterable
from uuid import UUID

import structlog
from prometheus_client import Counter

from shared.eventstore.database import Database
from shared.messaging.order import Line, Reason

log = structlog.get_logger()

_DIVERGED = Counter(
    "consumer_history_diverged",
    "Events that claimed a version which another event has; each parks its ticket.",
    ("source",),
)


def report(source: str, partition: int, lines: Iterable[Line]) -> None:
    """Say which event, of which version, under which ids: whoever has to judge needs just that."""
    for line in lines:
        for entry in line.aside:
            if entry.reason is Reason.DIVERGED:
                _DIVERGED.labels(source).inc()
                log.error(
                    "history-diverged",
                    source=source,
                    partition=partition,
                    subject=str(entry.received.subject),
                    what=entry.error,
                )


async def lay_away(database: Database, source: str, subject: UUID) -> None:
    """Forget the claims of a ticket that an operator has skipped; the log keeps that it was done."""
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            "DELETE FROM parked WHERE source = $1 AND subject = $2 AND reason = 'skipped'"
            " RETURNING version, event_id, error",
            source,
            subject,
        )
    for row in rows:
        log.warning(
            "claim-laid-away",
            source=source,
            subject=str(subject),
            version=row["version"],
            claimed_by=str(row["event_id"]),
            what=row["error"],
        )
