"""Which terms govern which contract: policies with their calendars, built once per calendar version."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from shared.errors import NotFound
from sla_engine.domain.calendar import Calendar
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

    @property
    def contracts(self) -> list[str]:
        """The contracts that can be asked about: those in force, and each policy by its own name."""
        return sorted(self._contracts)

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
