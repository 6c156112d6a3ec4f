"""The contracts in force, from the seed file that intake reads too: here only their policies matter."""

from pathlib import Path

import msgspec
import yaml


class _Contract(msgspec.Struct):
    id: str
    policy: str


def read_contracts(folder: Path) -> dict[str, str]:
    """Each contract's policy, by contract; none without the file. Raises ValueError for a broken one."""
    path = folder / "contracts.yaml"
    if not path.exists():
        return {}
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), list[_Contract])
    except (yaml.YAMLError, msgspec.ValidationError) as fault:
        raise ValueError(f"{path}: {fault}") from fault
    return {contract.id: contract.policy for contract in found}
