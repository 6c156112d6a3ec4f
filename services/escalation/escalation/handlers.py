"""What a batch of facts means: states loaded at once, each fact decided, all written at once."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from escalation.domain.decisions import react
from escalation.domain.teams import UNNAMED, Teams
from escalation.subscriptions import SUBSCRIBED
from escalation.work import Work, upon
from shared.events.envelope import Recorded
from shared.eventstore.store import EventStore
from shared.messaging.batch import Batch


class Escalating:
    """The consumer's handler. `committed` is called after a commit that said something."""

    def __init__(self, store: EventStore, committed: Callable[[], None], teams: Teams = UNNAMED) -> None:
        self._store = store
        self._committed = committed
        self._teams = teams

    async def handle(self, batch: Batch) -> None:
        """Decide every fact of the batch in its transaction.

        While starting or rebuilding (`live` is false) tickets are routed, but nobody is alerted of the past.
        """
        facts = [event for event in batch.events if type(event.data) in SUBSCRIBED]
        if not facts:
            return
        work = Work(batch.tx, self._store)
        await work.load(fact.subject for fact in facts)
        for heard in _together(facts, one_by_one=batch.live):
            fact = heard[-1]
            held = work.get(fact.subject, fact.tenant)
            state, decided = react(held.state, *heard, teams=self._teams, now=batch.tx.now, live=batch.live)
            work.keep(fact.subject, held, state, decided, upon(fact))
        if await work.save():
            batch.after_commit(self._committed)


def _together(facts: Sequence[Recorded], *, one_by_one: bool) -> Iterable[Sequence[Recorded]]:
    """What is decided at once. A history is heard whole first: what it takes back never counts."""
    if one_by_one:
        return [(fact,) for fact in facts]
    by_ticket: dict[UUID, list[Recorded]] = {}
    for fact in facts:
        by_ticket.setdefault(fact.subject, []).append(fact)
    return by_ticket.values()
