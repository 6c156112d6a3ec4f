"""Which terms govern which contract: policies with their calendars, built once per calendar version."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec

from shared.errors import NotFound
from sla_engine.domain.calendar import Calendar
from sla_engine.domain.days import Deviation
from sla_engine.domain.policy import Policy
from sla_engine.domain.terms import Terms


class UnknownPolicy(LookupError):
    """A ticket's contract names a policy that this engine does not run: the ticket waits for it."""


class Agreements:
    """`policies` by name; `contracts` maps each contract in force to the name of its policy."""

    def __init__(
        self, policies: Mapping[str, Policy], contracts: Mapping[str, str], tzdata_version: str
    ) -> None:
        calendars: dict[str, Calendar] = {}
        self._terms: dict[str, Terms] = {}
        for name, policy in policies.items():
            rules = policy.calendar
            if rules.version not in calendars:
                calendars[rules.version] = Calendar(rules, ZoneInfo(rules.zone))
            self._terms[name] = Terms(policy, calendars[rules.version], tzdata_version)
        if missing := {name for name in contracts.values() if name not in self._terms}:
            raise UnknownPolicy(f"contracts name policies that do not exist: {sorted(missing)}")
        self._contracts = dict.fromkeys(self._terms) | dict(contracts)
        self._announced: dict[str, Sequence[Deviation]] = dict.fromkeys(self._terms, ())
        self._calendars = {
            (name, terms.calendar.version): terms.calendar for name, terms in self._terms.items()
        }

    @property
    def contracts(self) -> list[str]:
        """The contracts that can be asked about: those in force, and each policy by its own name."""
        return sorted(self._contracts)

    @property
    def policies(self) -> list[str]:
        """The policies by name."""
        return sorted(self._terms)

    def of_policy(self, name: str) -> Terms:
        """The terms that a policy sets. Raises UnknownPolicy."""
        try:
            return self._terms[name]
        except KeyError:
            raise UnknownPolicy(f"there is no policy {name!r}") from None

    def of_contract(self, contract: str) -> Terms:
        """The terms of a contract in force. Raises NotFound."""
        if contract not in self._contracts:
            known = ", ".join(self.contracts)
            raise NotFound("unknown-contract", f"There is no such contract here; known are {known}.")
        return self._terms[self._contracts[contract] or contract]

    def announced(self, policy: str) -> int | None:
        """How many deviations of the policy's calendar are known here; None of an unknown policy."""
        return len(self._announced[policy]) if policy in self._announced else None

    def announce(self, policy: str, deviations: Sequence[Deviation]) -> None:
        """All deviations of a policy's calendar, in the order of their announcement; fewer than known are
        old news."""
        if len(deviations) <= len(self._announced[policy]):
            return
        self._announced[policy] = tuple(deviations)
        terms = self._terms[policy]
        calendar = terms.calendar.with_deviations(deviations, revision=len(deviations))
        self._calendars[policy, calendar.version] = calendar
        self._terms[policy] = msgspec.structs.replace(terms, calendar=calendar)

    def calendar(self, policy: str, version: str) -> Calendar | None:
        """The policy's calendar as it stood in `version`; None when it never did."""
        terms = self._terms[policy]
        rules, _, revision = version.partition("+")
        known = self._announced[policy]
        if rules != terms.calendar.rules.version or (revision and not revision.isdecimal()):
            return None
        number = int(revision or 0)
        if (policy, version) not in self._calendars and number <= len(known):
            calendar = terms.calendar.with_deviations(known[:number], revision=number)
            self._calendars[policy, calendar.version] = calendar
        return self._calendars.get((policy, version))
