"""How much lies where, counted over live tickets: for the desk, for a customer, for a service manager."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.eventstore.database import ALL_TENANTS

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

SOON = timedelta(hours=24)
"""Until when a deadline counts as due soon."""

_QUEUES = """
SELECT line, team, priority, count(*) AS tickets, count(*) FILTER (WHERE breached) AS breached,
  count(*) FILTER (WHERE coalesce(assignee, '') = '') AS unassigned,
  count(*) FILTER (WHERE waiting_for = 'customer') AS waiting_for_customer,
  count(*) FILTER (WHERE waiting_for = 'supplier') AS waiting_for_supplier,
  count(*) FILTER (WHERE due_rank = 1 AND due_key < $1) AS due_soon
FROM tickets WHERE live AND registered_at IS NOT NULL
GROUP BY line, team, priority ORDER BY line NULLS FIRST, team NULLS FIRST, priority NULLS LAST
"""

_OVERVIEW = """
SELECT tenant AS customer, priority, count(*) AS tickets,
  count(*) FILTER (WHERE CASE WHEN $1 THEN breached ELSE public_breached END) AS breached,
  count(*) FILTER (WHERE waiting_for = 'customer') AS waiting_for_customer,
  count(*) FILTER (WHERE waiting_for = 'supplier') AS waiting_for_supplier,
  count(*) FILTER (WHERE CASE WHEN $1 THEN due_rank = 1 AND due_key < $2
    ELSE public_due_rank = 1 AND public_due_key < $2 END) AS due_soon
FROM tickets
WHERE live AND registered_at IS NOT NULL AND $3 IN (tenant, '*') AND ($4::text IS NULL OR tenant = $4)
GROUP BY tenant, priority ORDER BY tenant
"""

_SUMS = ("breached", "waiting_for_customer", "waiting_for_supplier", "due_soon")


async def read_queues(connection: "Connection", now: datetime) -> list[dict[str, Any]]:
    """Live tickets by line, team and priority (each null where there is none yet)."""
    return [dict(row) for row in await connection.fetch(_QUEUES, now + SOON)]


async def read_overviews(
    connection: "Connection", tenant: str, now: datetime, customer: str | None = None
) -> list[dict[str, Any]]:
    """One overview per customer with live tickets that the tenant may see, or of `customer` alone."""
    rows = await connection.fetch(_OVERVIEW, tenant == ALL_TENANTS, now + SOON, tenant, customer)
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        overview = found.setdefault(row["customer"], no_tickets(row["customer"]))
        overview["open"] += row["tickets"]
        overview["open_by_priority"][row["priority"] or "none"] += row["tickets"]
        for name in _SUMS:
            overview[name] += row[name]
    return list(found.values())


async def has_tickets(connection: "Connection", customer: str) -> bool:
    """Whether `customer` ever had one: all that is known here of who is a customer."""
    query = "SELECT EXISTS (SELECT FROM tickets WHERE tenant = $1 AND registered_at IS NOT NULL)"
    return bool(await connection.fetchval(query, customer))


def no_tickets(customer: str) -> dict[str, Any]:
    """The overview of a customer without any."""
    by_priority = dict.fromkeys(("P1", "P2", "P3", "P4", "none"), 0)
    return {"customer": customer, "open": 0, "open_by_priority": by_priority, **dict.fromkeys(_SUMS, 0)}
