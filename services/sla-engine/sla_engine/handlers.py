"""What an event does to its ticket's deadlines: load, decide, tell."""

from datetime import datetime
from typing import cast
from uuid import UUID

from shared.events.envelope import Recorded
from shared.events.ticket import ContractChanged, TicketOpened
from sla_engine.agreements import Agreements
from sla_engine.domain.deadlines import react, start
from sla_engine.domain.facts import Happening, observe, opened
from sla_engine.domain.state import State
from sla_engine.kept import Cause, Kept, cause_of, too_early
from sla_engine.work import Work


def open_ticket(work: Work, agreements: Agreements, event: Recorded) -> None:
    """Start the clocks of a new ticket; then what other sources had said of it before, in their order."""
    ticket = event.subject
    held = work.get(ticket, event.tenant)
    if held.state.state is not None:
        return
    data = cast(TicketOpened, event.data)
    terms = agreements.of_policy(data.contract.policy)
    state = opened(terms, str(ticket), data)
    cause = cause_of(event)
    work.keep(ticket, held, Kept(state=state, origin=cause))
    begun = start(terms, state, data, work.tx.now)
    state = work.tell(ticket, state, cause, [(told, event.time) for told in begun])
    for early in held.state.early:
        if (happening := early.event()) is not None:
            state = _react(work, agreements, state, cast(Happening, happening), early.time, early.cause)


def hear(work: Work, agreements: Agreements, event: Recorded) -> None:
    """Let `event` meet, move, cancel or start what it does; keep it while its ticket is not known yet."""
    held = work.get(event.subject, event.tenant)
    state = held.state.state
    if state is None:
        kept = Kept(early=(*held.state.early, too_early(event)))
        work.keep(event.subject, held, kept)
        return
    _react(work, agreements, state, cast(Happening, event.data), event.time, cause_of(event))


def _react(
    work: Work, agreements: Agreements, state: State, event: Happening, at: datetime, cause: Cause
) -> State:
    terms = agreements.of_policy(
        event.contract.policy if isinstance(event, ContractChanged) else state.policy
    )
    decided = react(terms, state, event, at, work.tx.now)
    ticket = UUID(state.ticket)
    return work.tell(ticket, observe(terms, state, event, at), cause, [(told, at) for told in decided])
