"""Lists of tickets, filtered and sorted, in pages that stay right while tickets come and change."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, get_args
from uuid import UUID

from projections.reading import COLUMNS, ticket_fields
from shared.eventstore.database import ALL_TENANTS

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

Sort = Literal["registered_at", "-registered_at", "updated_at", "-updated_at", "due", "-due"]
SORTS: tuple[Sort, ...] = get_args(Sort)
NEVER = datetime.max.replace(tzinfo=UTC)
"""Where a ticket without a running deadline stands when sorted by due: after every other."""


@dataclass(frozen=True, slots=True)
class Position:
    """The sort key of a page's last row: the next page begins after it."""

    moment: datetime
    ticket: UUID


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for. An empty filter lets everything through."""

    tenant: str
    sort: Sort = "-registered_at"
    limit: int = 50
    after: Position | None = None
    statuses: list[str] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    priorities: list[str] = field(default_factory=list)
    breached: bool | None = None
    phrase: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page; `following` is None on the last one."""

    items: list[dict[str, Any]]
    following: Position | None


async def read_list(connection: "Connection", wanted: Wanted) -> Listed:
    """A page of opened tickets that the tenant may see."""
    query, values = _query(wanted)
    rows = await connection.fetch(query, *values)
    items = [
        {**ticket_fields(row), "line": row["line"], "due_at": row["due_at"], "breached": row["breached"]}
        for row in rows[: wanted.limit]
    ]
    if len(rows) <= wanted.limit:
        return Listed(items, None)
    last = rows[wanted.limit - 1]
    return Listed(items, Position(last["sort_key"] or NEVER, last["id"]))


def _query(wanted: Wanted) -> tuple[str, list[Any]]:
    support = wanted.tenant == ALL_TENANTS
    prefix = "" if support else "public_"
    descending = wanted.sort.startswith("-")
    name = wanted.sort.removeprefix("-")
    key = f"t.{prefix}due_at" if name == "due" else f"t.{name}"
    conditions, values = ["t.registered_at IS NOT NULL"], list[Any]()

    def where(condition: str, value: Any) -> None:
        values.append(value)
        conditions.append(condition.format(f"${len(values)}"))

    if not support:
        where("t.tenant = {}", wanted.tenant)
    for column, accepted in (
        ("status", wanted.statuses),
        ("tenant", wanted.customers),
        ("line", wanted.lines),
        ("priority", wanted.priorities),
    ):
        if accepted:
            where(f"t.{column} = ANY ({{}})", accepted)
    if wanted.breached is not None:
        where(f"t.{prefix}breached = {{}}", wanted.breached)
    if wanted.phrase is not None:
        where("t.id IN (SELECT search_tickets({}))", wanted.phrase)
    if wanted.after is not None:
        values += [None if wanted.after.moment == NEVER else wanted.after.moment, wanted.after.ticket]
        bound = f"(coalesce(${len(values) - 1}, 'infinity'::timestamptz), ${len(values)})"
        conditions.append(f"({key}, t.id) {'<' if descending else '>'} {bound}")
    order = "DESC" if descending else "ASC"
    query = (
        f"SELECT {COLUMNS}, t.line, NULLIF(t.{prefix}due_at, 'infinity') AS due_at,"  # noqa: S608 - names only
        f" t.{prefix}breached AS breached, NULLIF({key}, 'infinity') AS sort_key"
        f" FROM tickets AS t WHERE {' AND '.join(conditions)}"
        f" ORDER BY {key} {order}, t.id {order} LIMIT {wanted.limit + 1:d}"
    )
    return query, values
