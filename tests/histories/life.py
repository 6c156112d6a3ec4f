"""A ticket's legal life, played by the services' own deciders: what each of them says of it, and when.

Time passes in steps; timers fire on the way. A service that is `late` hears of an act only after the
next one: its evidence comes late, as after an outage.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from escalation.domain import hands
from escalation.domain.hands import decide as decide_move
from intake.domain import commands
from intake.domain.decisions import decide
from intake.domain.opening import open_ticket
from intake.domain.ticket import Ticket, fold
from notifier.ledger import row_id
from shared.errors import Conflict, NotFound, Rejected
from shared.events.envelope import Event, Recorded
from shared.events.ids import derived_id
from shared.events.notification import NotificationFailed, NotificationHeld, NotificationSent
from tests.histories.ledger import Ledger
from tests.histories.plans import ACTS, CATEGORIES, Plan, Step
from tests.histories.scene import ADA, CONTRACTS, CUSTOMER, LINES, MANAGER, START, YLVA
from tests.histories.services import Clocks, Lines, Stream, instant

SERVICES = ("sla-engine", "escalation", "notifier")
AFTERWARDS = timedelta(days=20)
SOON = timedelta(milliseconds=3)
"""How long an act takes, and news from one service to the next."""
PRIORITIES = ("P1", "P2", "P3", "P4", None)


class History(NamedTuple):
    """What all sources said of a ticket, as their stores hold it; `ends` is after the last of it."""

    ticket: UUID
    intake: tuple[Recorded, ...]
    sla: tuple[Recorded, ...]
    escalation: tuple[Recorded, ...]
    notifier: tuple[Recorded, ...]
    ends: datetime

    @property
    def sources(self) -> tuple[tuple[Recorded, ...], ...]:
        return self.intake, self.sla, self.escalation, self.notifier


def play(plan: Plan, ticket: UUID | None = None) -> History:
    """What comes of `plan`."""
    life = _Life(ticket or UUID("01900000-0000-7000-8000-000000000001"), plan)
    for number, step in enumerate(plan.steps):
        life.wait(timedelta(minutes=step.gap))
        life.act(step, number)
        life.spread(step.late)
    life.spread(0)
    life.wait(AFTERWARDS)
    said = (life.intake, life.clocks.said, life.lines.said, life.notifier)
    return History(life.ticket, *(tuple(stream.events) for stream in said), life.now)


class _Life:
    def __init__(self, ticket: UUID, plan: Plan) -> None:
        self.ticket, self.now = ticket, START + timedelta(minutes=plan.begins)
        self.intake, self.notifier = Stream(ticket), Stream(ticket)
        self.clocks, self.lines, self.ledger = Clocks(ticket), Lines(ticket), Ledger()
        self._heard: dict[tuple[str, int], int] = {}
        by = MANAGER if plan.by_support else CUSTOMER
        command = commands.OpenTicket(
            customer="acme",
            contract=CONTRACTS[plan.contract],
            subject="Kan inte logga in",
            description="Sedan i morse.",
            reporter=ADA,
            by=by,
            priority=PRIORITIES[plan.priority],  # type: ignore[arg-type]
            category=(*CATEGORIES, None)[plan.category],  # type: ignore[arg-type]
            service_manager=YLVA,
        )
        self._say(open_ticket(command, "2026-000001", self.now))
        self.spread(0)

    def act(self, step: Step, number: int) -> None:
        """Try what the step says; what is refused has not happened."""
        make = ACTS[step.act]
        known: Ticket = fold(self.intake.events)
        command = None if make is None else make(known, step.number)
        if command is None:
            return
        self.now += SOON
        try:
            if isinstance(command, hands.Command):
                identity = derived_id(self.ticket, "move", number)
                self.lines.take(decide_move(command, self.lines.routing, identity, self.now, LINES), self.now)
            else:
                self._say(decide(command, known, self.now))
        except (Conflict, Rejected, NotFound):
            return

    def wait(self, span: timedelta) -> None:
        """Let time pass: whatever falls due on the way is told, and heard by whoever is not late."""
        end = self.now + span
        while (wake := self._next_wake()) is not None and wake <= end:
            self.now = max(self.now, wake)
            self.clocks.fire(self.now)
            self.lines.fire(self.now)
            self.spread(self._late)
        self.now = max(self.now, end)

    def spread(self, late: int) -> None:
        """Let every service that is not late hear all there is, until nobody has anything to say."""
        self._late = late
        punctual = [name for bit, name in enumerate(SERVICES) if not late >> bit & 1]
        while any(list(map(self._hear, punctual))):
            self.now += SOON

    def _hear(self, name: str) -> bool:
        streams = (self.intake, self.clocks.said, self.lines.said)
        heard = False
        for which in {"sla-engine": (0, 2), "escalation": (0, 1), "notifier": (0, 1, 2)}[name]:
            begin = self._heard.get((name, which), 0)
            news = streams[which].events[begin:]
            self._heard[name, which] = begin + len(news)
            for fact in news:
                heard = True
                if name == "sla-engine":
                    self.clocks.hear(fact, self.now)
                elif name == "escalation":
                    self.lines.hear(fact, self.now)
                else:
                    self._tell(fact)
        return heard

    def _tell(self, fact: Recorded) -> None:
        """Each row's mail goes out at once; some are held first, and some refused."""
        for (event, recipient), notice, address in self.ledger.hear(fact):
            row = row_id(event, recipient)
            about = {"notification_id": str(row), "about": str(event), "template": notice.template}
            told: dict[str, object] = {**about, "channel": "email", "recipient": recipient}
            said: list[Event] = []
            if row.int % 5 == 0:
                said.append(NotificationHeld(until=self.now, reason="burst", **told))  # type: ignore[arg-type]
            if row.int % 7 == 0:
                said.append(NotificationFailed(attempts=2, reason="refused", **told))  # type: ignore[arg-type]
            else:
                said.append(NotificationSent(attempts=1, address=address, **told))  # type: ignore[arg-type]
            for data in said:
                identity = derived_id(row, type(data).__name__)
                self.notifier.add(identity, self.now, data, event, self.now)

    def _say(self, events: object) -> None:
        for data in events:  # type: ignore[attr-defined]
            identity = derived_id(self.ticket, "intake", len(self.intake.events))
            self.intake.add(identity, self.now, data, None, self.now)

    def _next_wake(self) -> datetime | None:
        clock = self.clocks.wakes()
        wakes = [self.lines.wakes(), None if clock is None else instant(clock)]
        return min((wake for wake in wakes if wake is not None), default=None)
