"""Lists of tickets, filtered and sorted, in pages that stay right while tickets come and change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from projections.reading import columns, routing_fields, ticket_fields
from shared.eventstore.database import ALL_TENANTS

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

Sort = Literal[
    "registered_at", "-registered_at", "updated_at", "-updated_at", "due", "-due",
    "priority", "-priority", "number", "-number",
]  # fmt: skip

_KEYS: Mapping[str, tuple[str, ...]] = {
    "registered_at": ("t.registered_at::timestamptz",),
    "updated_at": ("t.{seen}updated_at::timestamptz",),
    "due": ("t.{seen}due_rank::smallint", "t.{seen}due_key::timestamptz"),
    "priority": ("coalesce(t.priority, 'P9')::text", "t.registered_at::timestamptz"),
    "number": ("t.number::text",),
}
"""What each sort goes by before the id; those without a priority come last."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for. A filter by column that is empty lets everything through.

    `after` is the sort key of the row after which the page begins, as `Listed.following` had it.
    """

    tenant: str
    sort: Sort = "-registered_at"
    limit: int = 50
    after: tuple[str, ...] | None = None
    among: Mapping[str, list[Any]] = field(default_factory=dict)
    assignees: list[str | None] = field(default_factory=list)
    breached: bool | None = None
    registered_from: datetime | None = None
    registered_to: datetime | None = None
    updated_since: datetime | None = None
    phrase: str | None = None


class Listed(NamedTuple):
    """A page; `following` is None on the last one."""

    items: list[dict[str, Any]]
    following: tuple[str, ...] | None


async def read_list(connection: "Connection", wanted: Wanted) -> Listed:
    """A page of opened tickets that the tenant may see."""
    keys = _keys(wanted)
    query, values = _query(wanted, keys)
    rows = await connection.fetch(query, *values)
    items = [{**ticket_fields(row), **routing_fields(row)} for row in map(dict, rows[: wanted.limit])]
    if len(rows) <= wanted.limit:
        return Listed(items, None)
    last = rows[wanted.limit - 1]
    return Listed(items, tuple(last[f"key_{n}"] for n in range(len(keys))))


def key_length(sort: Sort) -> int:
    """How many parts the sort key has, the id included."""
    return len(_KEYS[sort.removeprefix("-")]) + 1


def _keys(wanted: Wanted) -> list[tuple[str, str]]:
    """Expressions and their types, the id last: no two rows share a key, so pages neither skip nor repeat."""
    seen = "" if wanted.tenant == ALL_TENANTS else "public_"
    named = (*_KEYS[wanted.sort.removeprefix("-")], "t.id::uuid")
    parted = (key.format(seen=seen).rsplit("::", 1) for key in named)
    return [(expression, kind) for expression, kind in parted]


def _query(wanted: Wanted, keys: list[tuple[str, str]]) -> tuple[str, list[Any]]:
    support = wanted.tenant == ALL_TENANTS
    seen = "" if support else "public_"
    conditions, values = ["t.registered_at IS NOT NULL"], list[Any]()

    def where(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if not support:
        where("t.tenant = {}", wanted.tenant)
    for column, accepted in wanted.among.items():
        if accepted:
            where(f"t.{column} = ANY ({{}})", accepted)
    if wanted.assignees:
        where("coalesce(t.assignee, '') = ANY ({})", [assignee or "" for assignee in wanted.assignees])
    if wanted.breached is not None:
        where(f"t.{seen}breached = {{}}", wanted.breached)
    if wanted.registered_from is not None:
        where("t.registered_at >= {}", wanted.registered_from)
    if wanted.registered_to is not None:
        where("t.registered_at < {}", wanted.registered_to)
    if wanted.updated_since is not None:
        where(f"t.{seen}updated_at >= {{}}", wanted.updated_since)
    if wanted.phrase is not None:
        where("t.id IN (SELECT search_tickets({}))", wanted.phrase)
    descending = wanted.sort.startswith("-")
    if wanted.after is not None:
        # As text: whatever a key's type, it comes back exactly as it went out.
        first = len(values) + 1
        bound = ", ".join(f"${n}::text::{kind}" for n, (_, kind) in enumerate(keys, start=first))
        values += wanted.after
        names = ", ".join(expression for expression, _ in keys)
        conditions.append(f"({names}) {'<' if descending else '>'} ({bound})")
    order = ", ".join(f"{expression} {'DESC' if descending else 'ASC'}" for expression, _ in keys)
    shown = ", ".join(f"({expression})::text AS key_{n}" for n, (expression, _) in enumerate(keys))
    query = (
        f"SELECT {columns(support)}, {shown} FROM tickets AS t"  # noqa: S608 - names only
        f" WHERE {' AND '.join(conditions)} ORDER BY {order} LIMIT {wanted.limit + 1:d}"
    )
    return query, values
