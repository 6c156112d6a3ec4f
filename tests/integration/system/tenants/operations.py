"""Every published operation of every service, and what the matrix needs to know about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tests.integration.system.tenants.examples import (
    BEFORE,
    BODIES,
    BY_RULE,
    ON_SPARE,
    OPEN,
    OTHERWISE,
    OWN_SIDE,
    QUERIES,
    SHARED,
    STREAMS,
    TENANTS_OWN,
    USES_UP,
)

DONE = frozenset((200, 201, 202, 204))
_PLACE = "tests/integration/system/tenants/examples.py"


@dataclass(frozen=True, slots=True)
class Operation:
    """`roles` is None for one that asks for no credential; `built` is false while it answers 501."""

    service: str
    method: str
    path: str
    roles: frozenset[str] | None
    built: bool
    takes_body: bool
    required: frozenset[str]
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def named(self) -> frozenset[str]:
        """The path's parameters."""
        return frozenset(re.findall(r"{(\w+)}", self.path))

    @property
    def of_one_tenant(self) -> bool:
        """Whether the path names something that belongs to one customer."""
        return bool(self.named & TENANTS_OWN)

    @property
    def body(self) -> Mapping[str, Any] | None:
        return BODIES.get(self.name)

    @property
    def before(self) -> tuple[str, ...]:
        return BEFORE.get(self.name, ())

    @property
    def streams(self) -> bool:
        return self.name in STREAMS

    @property
    def on_spare(self) -> bool:
        return self.name in ON_SPARE

    @property
    def of_its_own_side(self) -> bool:
        """Whether even ours may not do it for a customer."""
        return self.name in OWN_SIDE

    @property
    def uses_up(self) -> bool:
        """Whether what the path names is gone afterwards."""
        return self.name in USES_UP

    @property
    def to_who_may(self) -> frozenset[int]:
        """What one is answered who may call it: a write may meet a ticket that is in no state for it."""
        if not self.writes:
            return frozenset((200,))
        return DONE | {409} | ({BY_RULE[self.name]} if self.name in BY_RULE else set())

    @property
    def to_others(self) -> int:
        """What a customer is answered who asks about another's."""
        return 404 if self.of_one_tenant else OTHERWISE.get(self.name, 200)


def operations(service: str, document: Mapping[str, Any]) -> list[Operation]:
    """Every operation of an OpenAPI document, once for each query that it is asked with."""
    found = [
        Operation(
            service,
            method.upper(),
            path,
            frozenset(operation["x-roles"]) if "x-roles" in operation else None,
            "501" not in operation["responses"] or "x-roles" in operation,
            operation.get("requestBody", {}).get("required", False),
            frozenset(
                p["name"] for p in operation.get("parameters", ()) if p["in"] == "query" and p["required"]
            ),
        )
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
    return [replace(each, query=query) for each in found for query in _queries(each)]


def _queries(operation: Operation) -> tuple[Mapping[str, str], ...]:
    of_service = f"{operation.method} {operation.service} {operation.path}"
    return QUERIES.get(of_service) or QUERIES.get(operation.name) or ({},)


def unclassified(known: list[Operation]) -> list[str]:
    """One line for each operation that the matrix cannot ask yet, saying what to add."""
    lines = []
    for each in known:
        if not each.built:
            continue
        at = f"{each.service}: {each.name}"
        if each.roles is None and each.name not in OPEN:
            lines.append(
                f"{at} asks for no credential: give it `caller(…)`, or list it under OPEN in {_PLACE}"
            )
        if each.takes_body and each.body is None:
            lines.append(f"{at} takes a body: add an example under BODIES in {_PLACE}")
        if missing := each.required - each.query.keys():
            lines.append(f"{at} requires {sorted(missing)}: add them under QUERIES in {_PLACE}")
        lines += [
            f"{at} names {{{name}}}: say in {_PLACE} whether it is one customer's (TENANTS_OWN) or not"
            " (SHARED), and let making.py make one"
            for name in sorted(each.named - TENANTS_OWN - SHARED)
        ]
    return lines
