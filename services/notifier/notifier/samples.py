"""Invented facts for each notice, in every shape it can have: for previews, and to try templates with.

They go through the table of notices itself, so a template is never tried with what it would not be given.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from notifier.domain.notices import notices_of
from notifier.domain.ticket import Ticket, observe
from notifier.rendering import terms
from notifier.sample_events import OPENED, told_of
from shared.events.catalogue import BY_CLASS, type_name
from shared.events.envelope import Event, Recorded
from shared.events.ids import derived_id

_TICKET: Final = UUID("018f3a00-0000-7000-8000-000000000123")
_START: Final = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)
_PORTAL: Final = "https://portal.example"
Language = Literal["sv", "en"]


def samples(language: Language = "sv") -> dict[str, list[dict[str, Any]]]:
    """Template → what it may be filled with."""
    found: dict[str, list[dict[str, Any]]] = {}
    for before, event in _happening(language):
        fact = _fact(event)
        after = msgspec.structs.replace(observe(before, fact), locale=language)
        for notice in notices_of(fact, before):
            found.setdefault(notice.template, []).append(
                {
                    "ticket": after,
                    "notice": notice.facts,
                    "recipient": notice.recipient,
                    "at": fact.time,
                    "portal": _PORTAL,
                    "link": f"{_PORTAL}/tickets/{_TICKET}",
                    "language": language,
                    "terms": terms(language),
                }
            )
    return found


def _happening(language: Language) -> Iterator[tuple[Ticket, Event]]:
    contract = msgspec.structs.replace(OPENED.contract, locale=language)
    opened = msgspec.structs.replace(OPENED, contract=contract)
    yield Ticket(), opened
    nameless = msgspec.structs.replace(opened, priority=None, reporter=None, description="")
    yield Ticket(), nameless
    for start in (opened, nameless):
        known = observe(Ticket(), _fact(start))
        for changes, event in told_of(str(_TICKET), _START + timedelta(days=3)):
            yield msgspec.structs.replace(known, **changes), event


def _fact(event: Event) -> Recorded:
    return Recorded(
        id=derived_id(_TICKET, type_name(event)),
        type=type_name(event),
        source=BY_CLASS[type(event)].source,
        subject=_TICKET,
        version=1,
        tenant="acme",
        time=_START,
        recorded_at=_START,
        correlation_id=_TICKET,
        causation_id=None,
        traceparent=None,
        data=event,
    )
