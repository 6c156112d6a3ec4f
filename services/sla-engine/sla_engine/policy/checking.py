"""A policy file checked whole: the policy, or every fault at once."""

import msgspec

from sla_engine.domain.policy import Policy
from sla_engine.policy.building import build
from sla_engine.policy.faults import Fault
from sla_engine.policy.fitting import Fitted, converted
from sla_engine.policy.reading import read
from sla_engine.policy.rules import contradictions
from sla_engine.policy.shape import File


class Checked(msgspec.Struct, frozen=True):
    """Either a policy or faults, in the order of the file."""

    policy: Policy | None
    faults: tuple[Fault, ...]


def check(content: bytes) -> Checked:
    """What a file with that content is. Raises nothing: whatever is wrong is a fault."""
    root, faults = read(content)
    if root is None or faults:
        return Checked(None, tuple(sorted(faults)))
    fitted = Fitted(root, File)
    for path, what, instead in contradictions(fitted):
        fitted.fault(path, what, instead)
    if fitted.faults:
        return Checked(None, tuple(sorted(fitted.faults)))
    return Checked(build(converted(fitted, File)), ())
