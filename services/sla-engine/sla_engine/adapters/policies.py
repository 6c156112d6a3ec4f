"""The policies that the engine runs, from the YAML files that ship with it."""

from importlib import resources

from sla_engine.domain.policy import Policy
from sla_engine.policy.checking import check


class InvalidPolicy(ValueError):
    """The file is no policy; the message says where and why, a fault a line."""


def load_bundled() -> dict[str, Policy]:
    """The policies that ship with the engine, by name."""
    folder = resources.files("sla_engine") / "policies"
    found = (parse(file.read_text()) for file in folder.iterdir() if file.name.endswith(".yaml"))
    return {policy.name: policy for policy in found}


def parse(text: str) -> Policy:
    """The policy that `text` describes. Raises InvalidPolicy."""
    found = check(text.encode())
    if found.policy is None:
        raise InvalidPolicy("\n".join(map(str, found.faults)))
    return found.policy
