"""A ticket whose clocks are wound by hand, from the support terms (R4–R13): each act settles, then acts.

A clock is what it counts from and what it is due by; everything else is reckoned anew each time it is asked.
"""

from dataclasses import dataclass, field
from datetime import date

from clocks.terms import CONTRACTS, SECOND, Due, Hours
from clocks.walker import NEVER, Instant, Walker

URGENCY = ("P1", "P2", "P3", "P4")
PAUSED_BY_WAITING = ("resolution", "line_limit")
WARN_PERCENT = 75


@dataclass
class Clock:
    """`since`: what it counts from where that is not the ticket's own; `marks`: due, warn, soft."""

    target: Due
    since: Instant | None = None
    at_least: bool = False
    """`since` is when somebody spoke: what counts from received does not begin before that."""
    status: str = "running"
    marks: tuple[Instant, Instant, Instant | None] = (0, 0, None)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.status in ("running", "paused")


@dataclass
class Ticket:
    """Registered by its customer; acts come in order of time."""

    contract: str
    registered: Instant
    priority: str | None
    announced: dict[date, Hours] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    pauses: list[tuple[Instant, Instant | None]] = field(default_factory=list)
    updated: Instant | None = None

    def __post_init__(self) -> None:
        self.walker = Walker(self.contract)
        for kind, target in CONTRACTS[self.contract].of(self.priority).items():
            self._wind(kind, Clock(target))

    def ask(self, now: Instant) -> None:
        """Support asks the customer: a word, and the beginning of a wait (R11)."""
        self.settle(now)
        for kind in ("response", "customer_update"):
            self._meet(kind)
        self.updated = now
        if self._waits:
            return
        for kind in PAUSED_BY_WAITING:
            if kind in self.clocks and self.clocks[kind].status == "running":
                self.clocks[kind].status = "paused"
        self.pauses.append((now, None))

    def answer(self, now: Instant) -> None:
        """The customer answers; updates begin anew (R16)."""
        self.settle(now)
        if not self._waits:
            return
        self.pauses[-1] = (self.pauses[-1][0], now)
        for kind in PAUSED_BY_WAITING:
            clock = self.clocks.get(kind)
            if clock and clock.status == "paused":
                clock.status = "running"
                clock.marks = self._reckon(kind, clock)
        target = CONTRACTS[self.contract].of(self.priority).get("customer_update")
        if target:
            self._wind("customer_update", Clock(target, now, at_least=True))

    def prioritise(self, now: Instant, priority: str, worsened: bool) -> None:
        """Support sets the priority (R12)."""
        self.settle(now)
        self._meet("triage")
        default = CONTRACTS[self.contract].default
        was, self.priority = self.priority or default, priority
        if was == priority:
            return
        wanted = CONTRACTS[self.contract].of(priority)
        for kind, clock in self.clocks.items():
            if kind not in wanted and kind != "triage" and clock.is_open:
                clock.status = "cancelled"
        for kind, target in wanted.items():
            known = self.clocks.get(kind)
            if kind == "triage" or (known and not known.is_open):
                continue
            if kind == "customer_update" and self._waits:
                continue
            clock = Clock(target, now if worsened else None)
            told = self.updated if kind == "customer_update" else None
            if told is not None and told >= self._start(clock):
                clock = Clock(target, told)
            self._wind(kind, clock)
            if clock.status == "running" and clock.marks[0] < now:
                clock.status = "breached"

    def announce(self, now: Instant, days: dict[date, Hours]) -> None:
        """Hours of days to come (R4)."""
        self.settle(now)
        self.announced = self.announced | days
        self.walker = Walker(self.contract, self.announced)
        for kind, clock in self.clocks.items():
            if clock.is_open:
                clock.marks = self._reckon(kind, clock)

    def settle(self, now: Instant) -> None:
        """What had passed before `now` is breached; an event at that very instant is in time (R0)."""
        for clock in self.clocks.values():
            if clock.status == "running" and clock.marks[0] < now:
                clock.status = "breached"

    @property
    def received(self) -> Instant:
        """The next opening, when support was closed (R5)."""
        return self.walker.first_open(self.registered)

    @property
    def _waits(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def _meet(self, kind: str) -> None:
        clock = self.clocks.get(kind)
        if clock and clock.status in ("running", "breached"):
            clock.status = "met" if clock.status == "running" else "met_late"

    def _wind(self, kind: str, clock: Clock) -> None:
        clock.marks = self._reckon(kind, clock)
        if kind in PAUSED_BY_WAITING and self._waits:
            stood = max(self.pauses[-1][0], self._start(clock))
            clock.status = "breached" if clock.marks[0] < stood else "paused"
        self.clocks[kind] = clock

    def _start(self, clock: Clock) -> Instant:
        own = self.received if clock.target.counts_from == "received" else self.registered
        if clock.since is None:
            return own
        return max(own, clock.since) if clock.at_least else clock.since

    def _reckon(self, kind: str, clock: Clock) -> tuple[Instant, Instant, Instant | None]:
        """Due, warned at, and soft due."""
        start, elapsed = self._start(clock), clock.target.how == "elapsed"
        pauses = self.pauses if kind in PAUSED_BY_WAITING else []
        total, due = self._mark(clock, clock.target.how, clock.target.much, start, pauses)
        warned = self._counted(start, -(-total * WARN_PERCENT // 100), pauses, elapsed)
        warned = min(-(-warned // SECOND) * SECOND, due)
        soft = clock.target.soft
        return due, warned, None if soft is None else self._mark(clock, *soft, start, pauses)[1]

    def _mark(
        self, clock: Clock, how: str, much: int, start: Instant, pauses: list[tuple[Instant, Instant | None]]
    ) -> tuple[int, Instant]:
        """How much time there is in all, and when it is out."""
        if how in ("open", "elapsed"):
            return much, self._counted(start, much, pauses, how == "elapsed")
        registered = clock.since if clock.since is not None else self.registered
        day = {
            "working": self.walker.local_date(registered),
            "next_open": self.walker.local_date(start),
            "same_day": self.walker.local_date(self.walker.first_open(start)),
        }[how]
        if how == "same_day":
            day, much = date.fromordinal(day.toordinal() - 1), 1
        closing = self.walker.nth_closing(day, much)
        total = self.walker.open_between(start, closing)
        # Closed all along: nothing to spend, and the closing is the day's all the same.
        return total, self._counted(start, total, pauses, False) if pauses else closing

    def _counted(
        self, start: Instant, amount: int, pauses: list[tuple[Instant, Instant | None]], elapsed: bool
    ) -> Instant:
        """When `amount` has been spent outside the waits; what is spent as one begins is out at its end."""
        now = start
        for begins, ends in pauses:
            if ends is None:
                break
            begun = max(begins, start)
            if ends <= begun:
                continue
            spent, amount = self._spend(now, amount, begun, elapsed)
            if spent is not None and spent < begun:
                return spent
            now = ends
        spent, _ = self._spend(now, amount, NEVER, elapsed)
        assert spent is not None
        return spent

    def _spend(self, now: Instant, amount: int, stop: Instant, elapsed: bool) -> tuple[Instant | None, int]:
        if not elapsed:
            return self.walker.spend(now, amount, stop)
        return (now + amount, 0) if now + amount <= stop else (None, amount - (stop - now))
