"""A ticket as it stood: its kept history, folded anew up to an instant. The same fold fills the tables.

What the tables work out for themselves (status, waits, what is due) is worked out here once more; a test
holds the two together.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from msgspec.structs import asdict

from projections.domain.changes import (
    NEVER,
    NO_SCORE,
    NOTHING,
    Changes,
    DeadlineChange,
    RoutingChange,
    TicketChange,
    Touch,
)
from projections.domain.fold import fold
from projections.domain.reviews import review_fields
from shared.events.envelope import Recorded

_AS_TOLD = (
    "number", "contract", "type", "channel", "subject", "description", "priority", "wished_priority",
    "category", "split_from", "survey_score", "registered_at", "reported_at", "external_ref",
    "supplier_reference", "merged_into", "expected_at", "closure_requested_at",
)  # fmt: skip
_OF_A_DEADLINE = (
    "kind", "state", "due_at", "warn_at", "soft_due_at", "received_at", "commitment", "moved_at", "met_at",
    "breached_at", "detected_at", "retracted_at", "superseded_by", "generation", "policy", "policy_version",
    "calendar_version", "tzdata_version",
)  # fmt: skip


def standing(ticket: UUID, history: Sequence[Recorded], support: bool) -> dict[str, Any] | None:
    """The ticket after `history` (per source in version order), without timeline; None before it opened."""
    changes = fold(history)
    told = changes.tickets.get(ticket)
    if told is None or told.registered_at is None:
        return None
    clocks = [clock for clock in changes.deadlines.values() if support or not clock.internal]
    of_ticket = [clock for clock in clocks if clock.kind != "review"]
    touches: list[TicketChange | RoutingChange | Touch] = [
        told,
        *changes.routing.values(),
        *changes.touched.values(),
    ]
    times = [each.updated_at if support else each.public_updated_at for each in touches]
    routing = changes.routing.get(ticket)
    found: dict[str, Any] = {"line": None if routing is None else routing.line}
    if support:
        found |= {"team": routing and routing.team, "assignee": (routing and routing.assignee) or None}
    return {
        "id": str(ticket),
        "customer": told.tenant,
        **{name: _given(getattr(told, name)) for name in _AS_TOLD},
        "agreed_due_at": _agreed(told, changes.deadlines.values()),
        **_status(told),
        "reporter": None if told.reporter is None else orjson.Fragment(told.reporter),
        "version": told.intake_version,
        "updated_at": max(time for time in times if time is not None),
        "due_at": _due(of_ticket, told.stage in ("open", "waiting")),
        "breached": any(clock.stands for clock in of_ticket),
        "routing": found,
        "deadlines": sorted(map(_deadline, clocks), key=_place),
        **({"review": _review(changes)} if support else {}),
    }


def _review(changes: Changes) -> dict[str, Any] | None:
    opened = [number for number, review in changes.reviews.items() if review.opened_at is not None]
    if not opened:
        return None
    newest = changes.reviews[max(opened)]
    overdue = any(
        clock.kind == "review" and clock.state == "breached" and clock.due_at == newest.due_at
        for clock in changes.deadlines.values()
    )
    fields = {**asdict(newest), "number": newest.review, "overdue": newest.status == "open" and overdue}
    return review_fields(fields)


def _status(told: TicketChange) -> dict[str, Any]:
    status: str | None = told.stage
    waiting_for, since = None, None
    if told.stage == "waiting":
        waiting_for, since = "customer", told.questioned_at
    elif told.stage == "open":
        status = "open" if told.acted else "new"
        if (since := _given(told.supplier_awaited_at)) is not None:
            waiting_for = "supplier"
    return {"status": status, "waiting_for": waiting_for, "waiting_since": since}


def _agreed(told: TicketChange, clocks: Iterable[DeadlineChange]) -> datetime | None:
    """The date that was last agreed, unless a raised priority superseded it (R10)."""
    date: datetime | None = _given(told.agreed_due_at)
    holding = [clock.state for clock in clocks if clock.agreed and clock.due_at == date]
    return None if holding and set(holding) == {"superseded"} else date


def _due(clocks: Collection[DeadlineChange], live: bool) -> datetime | None:
    def first(state: str) -> datetime | None:
        return min((c.due_at for c in clocks if c.state == state and c.due_at is not None), default=None)

    return first("running") or (first("breached") if live else None)


def _deadline(clock: DeadlineChange) -> dict[str, Any]:
    fields = asdict(clock)
    return {
        "id": clock.deadline_id,
        **{name: fields[name] for name in _OF_A_DEADLINE},
        "agreed": clock.agreed is True,
        "warned": clock.warned is True,
        "paused_at": clock.paused_at if clock.state == "paused" else None,
    }


def _place(deadline: dict[str, Any]) -> tuple[Any, ...]:
    return deadline["due_at"] or NEVER, deadline["kind"], deadline["id"]


def _given(value: Any) -> Any:
    return None if value in (NEVER, NOTHING, NO_SCORE) else value
