"""Post-incident reviews: of one ticket, and those of all, the soonest due first. For support only."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from uuid import UUID

from projections.domain.reviews import review_fields

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

Asked = Literal["open", "overdue", "completed", "withdrawn"]
"""`overdue` is open too: its deadline was breached, by the engine's word, which owns every clock."""

_TICKET = ("ticket_number", "subject", "customer", "contract")

_OVERDUE = """(r.status = 'open' AND EXISTS (SELECT FROM deadlines AS d WHERE d.ticket = r.ticket
  AND d.tenant = r.tenant AND d.kind = 'review' AND d.state = 'breached' AND d.due_at = r.due_at))"""

_COLUMNS = f"""r.review AS number, r.status, {_OVERDUE} AS overdue, r.highest_priority, r.opened_at, r.due_at,
  r.withdrawn_at, r.completed_at, r.owner, r.outcome"""

_OF_TICKET = f"""
SELECT {_COLUMNS} FROM reviews AS r
WHERE r.ticket = $1 AND $2 = '*' AND r.opened_at IS NOT NULL ORDER BY r.review DESC LIMIT 1
"""  # noqa: S608 - constants only

_ALL = f"""
SELECT t.id AS ticket, t.number AS ticket_number, t.subject, t.tenant AS customer, t.contract, {_COLUMNS}
FROM reviews AS r JOIN tickets AS t ON t.id = r.ticket AND t.tenant = r.tenant
WHERE t.registered_at IS NOT NULL AND r.opened_at IS NOT NULL AND $1 = '*'
  AND ($2::text[] IS NULL OR r.status = ANY ($2) OR ('overdue' = ANY ($2) AND {_OVERDUE}))
  AND ($3::text[] IS NULL OR r.tenant = ANY ($3))
  AND ($4::text[] IS NULL OR lower(coalesce(r.owner ->> 'email', 'none')) = ANY ($4))
  AND ($5::text IS NULL OR (r.due_at, r.ticket, r.review)
    > ($5::text::timestamptz, $6::text::uuid, $7::text::integer))
ORDER BY r.due_at, r.ticket, r.review LIMIT $8
"""  # noqa: S608 - constants only


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for; an empty filter lets all through. `after`: the last row's key, as text."""

    tenant: str
    statuses: Collection[Asked] = ()
    customers: Collection[str] = ()
    owners: Collection[str] = ()
    limit: int = 50
    after: tuple[str, str, str] | None = None


class Listed(NamedTuple):
    """A page; `following` is None on the last one."""

    items: list[dict[str, Any]]
    following: tuple[str, str, str] | None


async def read_review(connection: "Connection", tenant: str, ticket: UUID) -> dict[str, Any] | None:
    """The newest review of a ticket, for support; None for anybody else, and where there is none."""
    row = await connection.fetchrow(_OF_TICKET, ticket, tenant)
    return None if row is None else review_fields(dict(row))


async def read_reviews(connection: "Connection", wanted: Wanted) -> Listed:
    """A page of reviews, the soonest due first; nothing for a customer."""
    rows = await connection.fetch(
        _ALL,
        wanted.tenant,
        list(wanted.statuses) or None,
        list(wanted.customers) or None,
        [owner.lower() for owner in wanted.owners] or None,
        *(wanted.after or (None, None, None)),
        wanted.limit + 1,
    )
    found = [dict(row) for row in rows[: wanted.limit]]
    items = [_listed(row) for row in found]
    if len(rows) <= wanted.limit:
        return Listed(items, None)
    last = found[-1]
    return Listed(items, (last["due_at"].isoformat(), str(last["ticket"]), str(last["number"])))


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    ticket = {"ticket": str(row["ticket"]), **{name: row[name] for name in _TICKET}}
    return ticket | review_fields(row)
