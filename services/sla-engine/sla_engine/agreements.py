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
    """`policies` by name; `contracts` maps each contract to the name of its policy, as far as it is known.

    A contract may go by a policy that is not run here: it is no fault of whoever drew it up, who cannot know.
    """

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
        self._contracts: dict[str, str] = dict(contracts)
        self._announced: dict[str, Sequence[Deviation]] = dict.fromkeys(self._terms, ())
        self._calendars = {
            (name, terms.calendar.version): terms.calendar for name, terms in self._terms.items()
        }

    @property
    def contracts(self) -> list[str]:
        """The contracts that are known here, whether their policy is run here or not."""
        return sorted(self._contracts)

    @property
    def without_policy(self) -> dict[str, str]:
        """The contracts that name a policy which is not run here, and which."""
        return {each: policy for each, policy in self._contracts.items() if policy not in self._terms}

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
        """The terms of a contract, or of the policy of that name. Raises NotFound."""
        policy = self._contracts.get(contract, contract)
        if policy in self._terms:
            return self._terms[policy]
        if contract in self._contracts:
            detail = f"The contract {contract!r} goes by the policy {policy!r}, which is not run here."
            raise NotFound("unknown-policy", detail)
        raise NotFound("unknown-contract", "There is no such contract; name one that has been drawn up.")

    def agree(self, contract: str, policy: str) -> None:
        """From now on the contract goes by the policy, for whoever asks; tickets carry their own terms."""
        self._contracts[contract] = policy

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
