"""How well the clocks were kept: attainment over a period, by whatever the deadlines are grouped by.

A deadline belongs to the period in which it fell due. Those met, breached and met late count; running,
paused, cancelled and superseded ones do not. A retracted breach counts as what the deadline ended as, and is
told beside.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from projections.domain.reopening import within_ten_working_days
from shared.eventstore.database import ALL_TENANTS

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

GroupBy = Literal["all", "priority", "customer", "month", "contract", "kind", "line"]

_GROUPS: Mapping[GroupBy, str] = {
    "all": "'all'",
    # As it stands now: a deadline does not say under which priority or on which line it fell due.
    "priority": "coalesce(t.priority, 'none')",
    "line": "coalesce(t.line::text, 'none')",
    "customer": "d.tenant",
    # The contract's own month, not that of UTC.
    "month": "to_char(d.due_at AT TIME ZONE coalesce(t.timezone, 'UTC'), 'YYYY-MM')",
    "contract": "coalesce(t.contract, 'none')",
    "kind": "d.kind",
}

_CHOSEN = """
FROM deadlines AS d JOIN tickets AS t ON t.id = d.ticket AND t.tenant = d.tenant
WHERE t.registered_at IS NOT NULL AND $1 IN (d.tenant, '*') AND ($2 OR NOT d.internal)
  AND ($3::timestamptz IS NULL OR d.due_at >= $3) AND ($4::timestamptz IS NULL OR d.due_at < $4)
  AND ($5::text[] IS NULL OR d.tenant = ANY ($5))
  AND (d.state IN ('met', 'breached', 'met_late') OR d.retracted_at IS NOT NULL)
"""

# Met, and the ticket reopened since: the first such reopening, which may or may not lie near enough.
_REOPENED = """
SELECT {group} AS "group", d.kind, d.commitment, d.met_at, coalesce(t.timezone, 'UTC') AS timezone,
  (SELECT min(l.time) FROM timeline AS l WHERE l.ticket = d.ticket AND l.tenant = d.tenant
    AND l.source = '/intake' AND l.type = 'TicketReopened.v1' AND l.time >= d.met_at) AS reopened_at
{chosen} AND d.kind = 'resolution' AND d.state = 'met'
"""

_COUNTS = """
SELECT {group} AS "group", d.kind, d.commitment,
  count(*) FILTER (WHERE d.state = 'met') AS met, count(*) FILTER (WHERE d.state = 'breached') AS breached,
  count(*) FILTER (WHERE d.state = 'met_late') AS met_late,
  count(*) FILTER (WHERE d.retracted_at IS NOT NULL) AS retracted
{chosen} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """`begin` included, `end` not; either may be left open. No customers: all that the tenant may see."""

    tenant: str
    begin: datetime | None = None
    end: datetime | None = None
    customers: tuple[str, ...] = ()
    group_by: GroupBy = "all"


async def read_attainment(connection: "Connection", asked: Asked) -> list[dict[str, Any]]:
    """One item per group, kind and commitment: promises and aims are never added up (R9)."""
    values = (
        asked.tenant,
        asked.tenant == ALL_TENANTS,
        asked.begin,
        asked.end,
        list(asked.customers) or None,
    )
    names = {"group": _GROUPS[asked.group_by], "chosen": _CHOSEN}
    counts = await connection.fetch(_COUNTS.format(**names), *values)
    reopened: dict[tuple[str, str, str], int] = {}
    if any(row["kind"] == "resolution" and row["met"] for row in counts):
        for key in _reopened(await connection.fetch(_REOPENED.format(**names), *values)):
            reopened[key] = reopened.get(key, 0) + 1
    return [_item(dict(row), reopened) for row in counts]


def _reopened(rows: list[Any]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        if row["reopened_at"] is None:
            continue
        if within_ten_working_days(row["met_at"], row["reopened_at"], row["timezone"]):
            yield row["group"], row["kind"], row["commitment"]


def _item(row: dict[str, Any], reopened: Mapping[tuple[str, str, str], int]) -> dict[str, Any]:
    total = row["met"] + row["breached"] + row["met_late"]
    return {
        **row,
        "total": total,
        "attainment": row["met"] / total if total else None,
        "met_reopened": reopened.get((row["group"], row["kind"], row["commitment"]), 0),
    }
