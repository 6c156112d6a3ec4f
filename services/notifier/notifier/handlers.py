"""What a batch of facts means: fold the tickets, and write down what is to be told in one transaction."""

from collections.abc import Callable, Sequence
from uuid import UUID

from notifier.domain.notices import Notice, address_of, notice_of
from notifier.domain.ticket import Ticket, observe
from notifier.ledger import EMAIL, NewRow, Reached, enter, release
from notifier.subscriptions import SUBSCRIBED
from shared.events.envelope import Recorded
from shared.events.ids import derived_id
from shared.eventstore.database import Transaction
from shared.eventstore.states import Held, StateCache
from shared.messaging.batch import Batch


class Noting:
    """The consumer's handler. `noted` is called after each commit that left something to send."""

    def __init__(self, team_domain: str, noted: Callable[[], None]) -> None:
        self._team_domain = team_domain
        self._noted = noted

    async def handle(self, batch: Batch) -> None:
        """Fold every fact; enter what is to be told only when the batch is live.

        A notice whose ticket is not known yet waits in the ledger until it is.
        """
        facts = [event for event in batch.events if type(event.data) in SUBSCRIBED]
        if not facts:
            return
        states = StateCache(batch.tx, Ticket)
        await _preload(batch.tx, states, {fact.subject for fact in facts})
        rows: list[NewRow] = []
        became_known: dict[UUID, Ticket] = {}
        for fact in facts:
            held = states.get(fact.subject) or Held(Ticket(), 0, fact.tenant)
            ticket = observe(held.state, fact)
            if ticket is not held.state:
                states.put(fact.subject, Held(ticket, held.version, held.tenant))
            if ticket.is_known and not held.state.is_known:
                became_known[fact.subject] = ticket
            notice = notice_of(fact) if batch.live else None
            if notice is not None:
                rows += self._row(fact, notice, ticket)
        await states.flush()
        await enter(batch.tx, rows)
        await release(batch.tx, [self._reached(*known) for known in became_known.items()])
        if rows or became_known:
            batch.after_commit(self._noted)

    def _row(self, fact: Recorded, notice: Notice, ticket: Ticket) -> Sequence[NewRow]:
        address = address_of(notice.recipient, ticket, self._team_domain) if ticket.is_known else None
        if ticket.is_known and address is None:
            return []
        row_id = derived_id(fact.id, "notification", f"{notice.recipient}/{EMAIL}")
        return [NewRow(row_id, fact, notice, address)]

    def _reached(self, subject: UUID, ticket: Ticket) -> Reached:
        return Reached(
            subject,
            address_of("reporter", ticket, self._team_domain),
            address_of("service_manager", ticket, self._team_domain),
            address_of("team", ticket, self._team_domain),
        )


async def _preload(tx: Transaction, states: StateCache[Ticket], subjects: set[UUID]) -> None:
    """Load the states; a missing one continues at the version that this service's own stream has."""
    await states.preload(subjects)
    missing = sorted(subject for subject in subjects if states.get(subject) is None)
    if not missing:
        return
    rows = await tx.connection.fetch(
        "SELECT stream_id, tenant, max(version) AS version FROM events WHERE stream_id = ANY($1)"
        " GROUP BY stream_id, tenant",
        missing,
    )
    for row in rows:
        states.put(row["stream_id"], Held(Ticket(), row["version"], row["tenant"]))
