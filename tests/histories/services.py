"""The services as they decide, with their own pure code and handlers, but no database: one ticket in each.

Each keeps the stream that it says, as its store would; instants and ids come from outside or are derived.
"""

from collections.abc import Coroutine, Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from escalation.domain import on_call
from escalation.domain.decisions import Decided, react, take
from escalation.domain.routing import Routing
from shared.events.catalogue import BY_CLASS, type_name
from shared.events.envelope import Event, Recorded
from shared.events.escalation import OnCallAlerted, ServiceManagerAlerted
from shared.events.ids import derived_id
from shared.events.sla import SlaEvent
from shared.eventstore.states import Held
from shared.eventstore.store import Append
from sla_engine.domain import falling_due
from sla_engine.domain.instants import Micros, from_micros, to_micros
from sla_engine.domain.state import State, evolve
from sla_engine.kept import Cause, Kept
from sla_engine.recording import Recording, start_of
from sla_engine.subscriptions import HANDLERS
from tests.histories.scene import AGREEMENTS, LINES

TENANT = "acme"


class Stream:
    """What one service has said of the ticket, in order."""

    def __init__(self, ticket: UUID) -> None:
        self.ticket = ticket
        self.events: list[Recorded] = []

    def add(self, identity: UUID, time: datetime, data: Event, cause: UUID | None, now: datetime) -> Recorded:
        """Say `data`, which happened at `time`, at the instant `now`."""
        said = Recorded(
            id=identity,
            type=type_name(data),
            source=BY_CLASS[type(data)].source,
            subject=self.ticket,
            version=len(self.events) + 1,
            tenant=TENANT,
            time=time,
            recorded_at=now,
            correlation_id=self.ticket,
            causation_id=cause,
            traceparent=None,
            data=data,
        )
        self.events.append(said)
        return said


class Clocks:
    """sla-engine. Has what its handlers ask of a transaction's `Work`."""

    def __init__(self, ticket: UUID) -> None:
        self.said = Stream(ticket)
        self.tx = SimpleNamespace(now=None)
        self._held: Held[Kept] = Held(Kept(), 0, TENANT)

    @property
    def state(self) -> State | None:
        return self._held.state.state

    def hear(self, fact: Recorded, now: datetime) -> None:
        self.tx.now = now
        handler = HANDLERS.get(type(fact.data))
        if handler is not None:
            handler(self, AGREEMENTS, fact)  # type: ignore[arg-type]

    def wakes(self) -> Micros | None:
        return None if self.state is None else falling_due.next_wake(self.state)

    def fire(self, now: datetime) -> None:
        """What has fallen due by `now`."""
        held = self._held.state
        state, origin = held.state, held.origin
        self.tx.now = now
        if state is None or origin is None:
            return
        for event in falling_due.due(state, to_micros(now)):
            state = self.tell(
                self.said.ticket, state, Cause(start_of(event.deadline_id), origin.id, None), [(event, now)]
            )

    def get(self, ticket: UUID, tenant: str = "") -> Held[Kept]:
        return self._held

    def keep(self, ticket: UUID, held: Held[Kept], kept: Kept) -> None:
        self._held = Held(kept, held.version, held.tenant)

    def tell(
        self, ticket: UUID, state: State, cause: Cause, told: Sequence[tuple[SlaEvent, datetime]]
    ) -> State:
        held = self._held
        recording = Recording()
        turns = {deadline.id: deadline.turn for deadline in state.deadlines.values()}
        recording.add(ticket, TENANT, held.version, cause, told, turns)
        _done(recording.store(self, self.tx))  # type: ignore[arg-type]
        for event, _ in told:
            state = evolve(state, event)
        kept = Kept(state=state, origin=held.state.origin)
        self._held = Held(kept, held.version + len(told), held.tenant)
        return state

    async def append(self, _: Any, appends: Sequence[Append]) -> None:
        """As the event store does: what was said once is refused."""
        known = {event.id for event in self.said.events}
        for append in appends:
            for event in append.events:
                assert event.id not in known, f"said twice: {event}"
                self.said.add(event.id, event.time, event.data, append.causation_id, self.tx.now)


class Lines:
    """escalation."""

    def __init__(self, ticket: UUID) -> None:
        self.said = Stream(ticket)
        self.routing = Routing()
        self._alerts: dict[str, tuple[datetime, UUID]] = {}

    def hear(self, fact: Recorded, now: datetime) -> None:
        self.routing, decided = react(self.routing, fact, teams=LINES, now=now)
        self._say(decided, fact.id, now)

    def take(self, steps: Sequence[Decided], now: datetime) -> None:
        """What a person, or the time, did."""
        self.routing, decided = take(self.routing, steps, LINES)
        self._say(decided, None, now)

    def wakes(self) -> datetime | None:
        return min((at for at, _ in self._alerts.values()), default=None)

    def fire(self, now: datetime) -> None:
        """Alerts that nobody has answered by `now`."""
        for alert_id, (wake, cause) in list(self._alerts.items()):
            if wake > now:
                continue
            del self._alerts[alert_id]
            waiting = [alert for alert in self.routing.open_alerts if alert.alert_id == alert_id]
            due = on_call.following(self.routing, waiting[0], wake, now, LINES) if waiting else None
            if due is not None:
                step = Decided(due.at, due.alert_id, due.event, due.ordinal)
                self.routing, decided = take(self.routing, [step], LINES)
                self._say(decided, cause, now)

    def _say(self, decided: Sequence[Decided], cause: UUID | None, now: datetime) -> None:
        for step in decided:
            identity = derived_id(step.cause, type_name(step.event), step.ordinal)
            assert identity not in {event.id for event in self.said.events}, f"said twice: {step}"
            said = self.said.add(identity, step.at, step.event, cause, now)
            match step.event:
                case OnCallAlerted(alert_id=alert_id, acknowledge_by=datetime() as by):
                    self._alerts[alert_id] = by, said.id
                case ServiceManagerAlerted(cause_id=alert_id):
                    self._alerts.pop(alert_id, None)
                case _:
                    pass


def _done(work: Coroutine[Any, Any, Any]) -> None:
    """Run what waits for nothing."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("something in here waits for the world outside")


def instant(micros: Micros) -> datetime:
    return from_micros(micros)
