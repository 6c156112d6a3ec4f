"""What a batch of facts means: fold the tickets, and write down what is to be told in one transaction."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from notifier.domain.holding import Quiet, is_urgent, quiet_until
from notifier.domain.notice import Notice
from notifier.domain.notices import notices_of
from notifier.domain.recipients import address_of
from notifier.domain.teams import Teams
from notifier.domain.ticket import MOST_URGENT, Ticket, observe
from notifier.ledger import Cause, NewRow, enter, hasten, take_waiting
from notifier.saying import held_back, say
from notifier.subscriptions import SUBSCRIBED
from shared.eventstore.database import Transaction
from shared.eventstore.states import Held, StateCache
from shared.eventstore.store import EventStore
from shared.messaging.batch import Batch


class Policy(NamedTuple):
    """Who support is, and what may wait: the quiet hours, and the `window` in which a burst is folded."""

    teams: Teams
    quiet: Quiet
    window: timedelta


class Noting:
    """The consumer's handler. After each commit `noted` is called when there is something to send, `told`
    when an event was appended."""

    def __init__(
        self, store: EventStore, policy: Policy, noted: Callable[[], None], told: Callable[[], None]
    ) -> None:
        self._store = store
        self._policy = policy
        self._noted = noted
        self._told = told

    async def handle(self, batch: Batch) -> None:
        """Fold every fact; enter what is to be told only when the batch is live.

        A notice whose ticket is not known yet waits in the ledger until it is.
        """
        facts = [event for event in batch.events if type(event.data) in SUBSCRIBED]
        if not facts:
            return
        tx = batch.tx
        states = StateCache(tx, Ticket)
        await _preload(tx, states, {fact.subject for fact in facts})
        told: list[tuple[Cause, Notice, Ticket]] = []
        became_known: list[UUID] = []
        became_urgent: list[UUID] = []
        for fact in facts:
            held = states.get(fact.subject) or Held(Ticket(), 0, fact.tenant)
            before, after = held.state, observe(held.state, fact)
            if after != before:
                states.put(fact.subject, Held(after, held.version, held.tenant))
            if after.is_known and not before.is_known:
                became_known.append(fact.subject)
            elif after.priority == MOST_URGENT != before.priority:
                became_urgent.append(fact.subject)
            if batch.live:
                told += [(Cause.of(fact), notice, after) for notice in notices_of(fact, before)]
        waiting = await take_waiting(tx, became_known)
        told = [(cause, notice, Ticket()) for cause, notice in waiting] + told
        rows = [row for each in told for row in self._rows(tx, states, *each)]
        held_rows = await enter(tx, rows, self._policy.window)
        await hasten(tx, became_urgent)
        await say(tx, self._store, states, [held_back(tx, held) for held in held_rows])
        await states.flush()
        if rows or became_known or became_urgent:
            batch.after_commit(self._noted)
        if held_rows:
            batch.after_commit(self._told)

    def _rows(
        self, tx: Transaction, states: StateCache[Ticket], cause: Cause, notice: Notice, ticket: Ticket
    ) -> Sequence[NewRow]:
        if not ticket.is_known and (held := states.get(cause.ticket)) is not None:
            ticket = held.state
        if not ticket.is_known:
            return [NewRow(cause, notice, notice.urgent, None)]
        address = address_of(notice, ticket, self._policy.teams)
        if address is None:
            return []
        quiet = quiet_until(notice, ticket, tx.now, self._policy.quiet)
        return [NewRow(cause, notice, is_urgent(notice, ticket), address, quiet)]


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
