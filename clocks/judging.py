"""The same life lived by the engine's own deciders and by the hand-wound ticket, compared after each act."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from clocks.cases import Act, Case
from clocks.terms import SECOND
from clocks.ticket import Ticket
from shared.events.people import Actor
from shared.events.ticket import (
    ContractTerms,
    CustomerAnswered,
    CustomerQuestioned,
    TicketOpened,
    TicketPrioritised,
)
from sla_engine.adapters.policies import load_bundled
from sla_engine.domain import announcing, calendar, clock, deadlines, facts, falling_due
from sla_engine.domain.days import Deviation, Hours
from sla_engine.domain.instants import from_micros
from sla_engine.domain.policy import Policy
from sla_engine.domain.state import State, evolve
from sla_engine.domain.terms import Terms

_CUSTOMER = Actor(id="acme", party="customer", role="client")
_AGENT = Actor(id="agent", party="support", role="agent")
_LATE_IN_THE_YEAR = 9  # no life, with what is due by its last act, takes a quarter
_SIGNED = ContractTerms(id="c", policy="p", timezone="Europe/Stockholm", locale="sv", lines=3)


@dataclass
class Verdict:
    """What was compared, and where the two differ; `span` is from registration to the last due instant."""

    case: Case
    compared: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    span: tuple[int, int] = (0, 0)


def judge(case: Case) -> Verdict:
    """Live it. A difference is told, never raised."""
    verdict = Verdict(case, span=(case.registered, case.registered))
    theirs, ours = Ticket(case.contract, case.registered, case.priority), _Engine(case)
    _compare(verdict, "opened", ours, theirs)
    _shift(verdict, ours, theirs)
    for act in case.acts:
        ours.act(act)
        _act(theirs, act)
        _compare(verdict, act.what, ours, theirs)
    return verdict


@lru_cache
def policies() -> dict[str, Policy]:
    """The bundled policies."""
    return load_bundled()


@cache
def calendars(contract: str, year: int, years: int) -> calendar.Calendar:
    """As many years as a life can need: few are laid out anew quickly when hours are announced."""
    rules = policies()[contract].calendar
    return calendar.Calendar(rules, ZoneInfo(rules.zone), first_year=year, last_year=year + years - 1)


class _Engine:
    """The engine's pure half: what its shell does, without a database."""

    def __init__(self, case: Case) -> None:
        first = from_micros(case.registered) - timedelta(days=2)
        laid_out = calendars(case.contract, first.year, 1 if first.month < _LATE_IN_THE_YEAR else 2)
        self.terms = Terms(policies()[case.contract], laid_out, "test")
        self._announced: list[Deviation] = []
        opened = TicketOpened(
            number="2026-000001",
            customer="acme",
            contract=_SIGNED,
            type="incident",
            channel="api",
            registered_at=from_micros(case.registered),
            by=_CUSTOMER,
            priority=case.priority,  # type: ignore[arg-type]
        )
        self.state: State = facts.opened(self.terms, "t", opened)
        for event in deadlines.start(self.terms, self.state, opened, from_micros(case.registered)):
            self.state = evolve(self.state, event)

    def act(self, act: Act) -> None:
        for event in falling_due.due(self.state, act.at):
            self.state = evolve(self.state, event)
        if act.what == "announce":
            self._announce(act)
            return
        at, happened = from_micros(act.at), _happening(act, self.state.priority)
        events = deadlines.react(self.terms, self.state, happened, at, at)
        self.state = facts.observe(self.terms, self.state, happened, at)
        for event in events:
            self.state = evolve(self.state, event)

    def _announce(self, act: Act) -> None:
        self._announced += [
            Deviation(day, tuple(Hours(*each) for each in hours), "announced") for day, hours in act.days
        ]
        changed = self.terms.calendar.with_deviations(self._announced)
        self.terms = Terms(self.terms.policy, changed, "test")
        self.state, events = announcing.moved(self.terms, self.state, act.at)
        for event in events:
            self.state = evolve(self.state, event)


def _happening(act: Act, was: str | None) -> CustomerQuestioned | CustomerAnswered | TicketPrioritised:
    match act.what:
        case "ask":
            return CustomerQuestioned(comment_id="q", by=_AGENT)
        case "answer":
            return CustomerAnswered(comment_id="a", by=_CUSTOMER)
        case _:
            basis = "worsened" if act.what == "worsen" else "correction"
            return TicketPrioritised(priority=act.priority, previous=was, basis=basis, by=_AGENT)  # type: ignore[arg-type]


def _act(ticket: Ticket, act: Act) -> None:
    match act.what:
        case "ask":
            ticket.ask(act.at)
        case "answer":
            ticket.answer(act.at)
        case "announce":
            ticket.announce(act.at, dict[date, tuple[tuple[int, int], ...]](act.days))
        case _:
            ticket.prioritise(act.at, act.priority, worsened=act.what == "worsen")


def _compare(verdict: Verdict, after: str, ours: _Engine, theirs: Ticket) -> None:
    by_kind = ours.state.deadlines
    if ours.state.base.received != theirs.received:
        verdict.differences.append(
            f"after {after}: received {ours.state.base.received}, not {theirs.received}"
        )
    if by_kind.keys() != theirs.clocks.keys():
        verdict.differences.append(f"after {after}: {sorted(by_kind)}, not {sorted(theirs.clocks)}")
    for kind, found in by_kind.items():
        clock = theirs.clocks.get(kind)
        if clock is None:
            continue
        verdict.compared[after] += 1
        marks = (found.due, found.warn, found.soft) if found.is_open else (found.due,)
        expected = clock.marks if found.is_open else clock.marks[:1]
        if (found.status, *marks) != (clock.status, *expected):
            told = f"after {after}: {kind} {found.status} {marks}, not {clock.status} {expected}"
            verdict.differences.append(told)
    last = max((each.due for each in by_kind.values()), default=0)
    verdict.span = verdict.span[0], max(verdict.span[1], last)


def _shift(verdict: Verdict, ours: _Engine, theirs: Ticket) -> None:
    """Registered some seconds later: what counts time is due as much later as its time began later."""
    case, later = verdict.case, verdict.case.registered + 1 + case_seconds(verdict.case) * SECOND
    terms, walker = ours.terms, theirs.walker
    bases = [clock.received(terms.calendar, at) for at in (case.registered, later)]
    for target in terms.policy.targets(ours.state.priority):
        if target.within.form not in ("support_time", "elapsed_time"):
            continue
        verdict.compared["shifted"] += 1
        dues = [clock.compute(terms.policy, terms.calendar, base, target).due for base in bases]
        starts = [clock.begun(base, target) for base in bases]
        if target.within.form == "elapsed_time":
            same = dues[1] - dues[0] == starts[1] - starts[0]
        else:
            same = walker.open_between(*dues) == walker.open_between(*starts)
        if not same:
            verdict.differences.append(f"shifted: {target.kind} {dues} from {starts}")


def case_seconds(case: Case) -> int:
    """Up to two hours, the same for the same case."""
    return case.registered // 7 % 7200
