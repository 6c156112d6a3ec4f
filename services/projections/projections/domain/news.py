"""What a batch changes, named as readers know it: for those who follow along."""

from uuid import UUID

import msgspec

from projections.domain.changes import Changes, DeadlineChange, TicketChange

_UNSEEN = frozenset(
    {"id", "tenant", "intake_version", "updated_at", "public_updated_at", "wait_ended", "timezone"}
)
_SHOWN_AS: dict[str, tuple[str, ...]] = {
    "stage": ("status", "waiting_for", "waiting_since"),
    "acted": ("status",),
    "questioned_at": ("waiting_for", "waiting_since"),
    "supplier_awaited_at": ("waiting_for", "waiting_since"),
}
_CLOCKS = frozenset({"deadlines", "due_at", "breached"})


class News(msgspec.Struct, kw_only=True):
    """Of one ticket. A customer is told of `public_fields` only, and if there are none, of nothing.

    An internal act can show all the same, but only the first (`acted`: new becomes open), and a move by hand
    only when it changes the line: whoever has the row before it tells whether it does.
    """

    ticket: UUID
    tenant: str
    fields: set[str]
    public_fields: set[str]
    acted: bool = False
    line: int | None = None


def news(changes: Changes) -> list[News]:
    """One per ticket, ordered by ticket."""
    found: dict[UUID, News] = {}
    for entry in changes.timeline:
        of = found.setdefault(
            entry.ticket, News(ticket=entry.ticket, tenant=entry.tenant, fields=set(), public_fields=set())
        )
        of.fields.add("timeline")
        if entry.visibility == "public":
            of.public_fields.add("timeline")
    for change in changes.tickets.values():
        of = found[change.id]
        touched = _touched(change)
        of.fields |= touched
        of.acted = change.acted is True
        if change.public_updated_at is not None:
            of.public_fields |= touched
    for moved in changes.routing.values():
        found[moved.id].fields.add("routing")
        found[moved.id].line = moved.line
    for (ticket, _), clock in changes.deadlines.items():
        _add_clock(found[ticket], clock)
    for review in changes.reviews.values():
        found[review.ticket].fields.add("review")
    return [found[ticket] for ticket in sorted(found)]


def _touched(change: TicketChange) -> set[str]:
    return {
        shown
        for name, value in msgspec.structs.asdict(change).items()
        if value is not None and name not in _UNSEEN
        for shown in _SHOWN_AS.get(name, (name,))
    }


def _add_clock(of: News, clock: DeadlineChange) -> None:
    # What supersedes a deadline may have put an agreed date out of force; the batch does not say which.
    told = _CLOCKS | {"agreed_due_at"} if clock.state == "superseded" else _CLOCKS
    of.fields |= told
    if not clock.internal:
        of.public_fields |= told
