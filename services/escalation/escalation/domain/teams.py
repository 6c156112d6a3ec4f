"""Which line a category belongs on, and which team answers for a line: data, read from the seeds (R18)."""

from collections.abc import Mapping

import msgspec

from escalation.domain.rota import Rota
from shared.events.ticket import Category, ContractTerms

FIRST_LINE = 1
SPECIALISTS = 2

Routes = Mapping[Category, int]
TERMS: Routes = {
    "application": 1,
    "question": 1,
    "installation": 2,
    "integration": 2,
    "order": 2,
    "defect": 3,
}
"""What the support terms say themselves, for a contract whose seeds say nothing."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Who can be called. Personal data, so it stands in no log and in no public half of an event."""

    id: str
    name: str
    email: str | None = None
    phone: str | None = None

    @property
    def can_be_reached(self) -> bool:
        """Whether there is any way to alert them."""
        return bool(self.email or self.phone)


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """Answers for a line: for some categories only, its competence, or for whatever else comes there."""

    id: str
    line: int
    name: str = ""
    competence: frozenset[Category] = frozenset()
    members: tuple[Person, ...] = ()
    on_call: Rota | None = None

    def member(self, person: str) -> Person | None:
        """The member with that id."""
        return next((known for known in self.members if known.id == person), None)


class OnCallPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """An alert is repeated after `ack_within` seconds without an answer, `attempts` times in all on each of
    the first `levels` levels; then the service manager is told."""

    ack_within: int = 600
    attempts: int = 2
    levels: int = 2


class Teams(msgspec.Struct, frozen=True, kw_only=True):
    """Every team, how each contract's categories are routed, and how alerts are handed up."""

    teams: tuple[Team, ...] = ()
    routes: Mapping[str, Routes] = {}
    on_call: OnCallPolicy = OnCallPolicy()

    def line_of(self, category: Category, contract: ContractTerms) -> int:
        """Where the category belongs, capped at the contract's last line."""
        routes = self.routes.get(contract.id) or self.routes.get("default") or TERMS
        return max(FIRST_LINE, min(routes.get(category, TERMS[category]), contract.lines))

    def team_of(self, line: int, category: Category | None = None) -> str:
        """The team that answers for `line`, with the competence for `category` where one has it."""
        there = [team for team in self.teams if team.line == line]
        able = [team for team in there if category is not None and category in team.competence]
        plain = [team for team in there if not team.competence]
        return next((team.id for team in (*able, *plain)), f"line-{line}")

    def find(self, team: str) -> Team | None:
        """The team with that id."""
        return next((known for known in self.teams if known.id == team), None)


UNNAMED = Teams()
"""No seeds: each line has one team, named after it, and nobody is on call."""
