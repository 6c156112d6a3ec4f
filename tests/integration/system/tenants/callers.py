"""Everybody who may call: each role of each customer, each role of ours, readers only, and nobody."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from shared.runtime.auth import ALL_ROLES, CUSTOMER_ROLES

CUSTOMERS: Mapping[str, str] = {"acme": "hubs", "duo": "timecare"}
"""The two customers that must not see each other, and the contract of each. (duo has hubs, too.)"""


class CallerOf(NamedTuple):
    """`token` is None for nobody; `role` is None for a token that is not known."""

    token: str | None
    role: str | None
    customer: str | None = None
    reads_only: bool = False


def everybody(customers: tuple[str, ...]) -> list[CallerOf]:
    """In the order of the matrix."""
    found = [CallerOf(None, None), CallerOf("nobody-knows-this", None)]
    for reads_only in (False, True):
        end = "-reads" if reads_only else ""
        for role in ALL_ROLES:
            if role in CUSTOMER_ROLES:
                found += [CallerOf(f"matrix-{role}-{c}{end}", role, c, reads_only) for c in customers]
            else:
                found.append(CallerOf(f"matrix-{role}{end}", role, None, reads_only))
    return found


EVERYBODY: Sequence[CallerOf] = everybody(tuple(CUSTOMERS))
MEETING_ROWS: Sequence[CallerOf] = [each for each in EVERYBODY if each.role and not each.reads_only]
"""All roles of both customers and of ours, without those who are refused for their credential alone, before
anything is read: no wall makes a difference to them."""
CUSTOMERS_OWN: Sequence[CallerOf] = [each for each in MEETING_ROWS if each.customer]
"""Of those, the only ones that a wall stands before."""


def everybodys_credentials(demo: Path, folder: Path) -> Path:
    """A credentials file with those of `demo`, and one for each caller of the matrix."""
    document = yaml.safe_load(demo.read_text())
    for caller in EVERYBODY:
        if caller.role is None:
            continue
        entry = {"id": caller.token, "role": caller.role, "token": caller.token}
        if caller.customer:
            entry["customer"] = caller.customer
        if caller.reads_only:
            entry["scopes"] = ["read"]
        document["credentials"].append(entry)
    file = folder / "credentials.yaml"
    file.write_text(yaml.safe_dump(document))
    return file
