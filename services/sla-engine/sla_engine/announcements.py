"""Announcing that a policy's opening hours will deviate on a date (R4): one event on the policy's stream."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, cast
from uuid import UUID

from shared.errors import Rejected, Stale
from shared.events.envelope import Recorded
from shared.events.ids import derived_id, new_id
from shared.events.people import Actor
from shared.events.policy import DeviationAnnounced, OpeningInterval
from shared.eventstore import idempotency
from shared.eventstore.database import ALL_TENANTS, Database, Transaction
from shared.eventstore.store import Append, EventStore, NewEvent, StreamConflict
from sla_engine.adapters.calendar_table import Calendars
from sla_engine.agreements import Agreements
from sla_engine.domain.calendar import Calendar
from sla_engine.domain.days import Deviation, Hours
from sla_engine.domain.instants import Micros, to_micros

SOURCE = "/sla-engine/policies"
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is to be announced of `policy`, and by whom; `expected`: the version that its stream must have."""

    policy: str
    deviation: Deviation
    by: Actor
    expected: int | None = None
    key: idempotency.Key | None = None
    traceparent: str | None = None


class Announced(NamedTuple):
    """The event that says so, and when it was."""

    event: DeviationAnnounced
    version: int
    time: datetime


def stream_of(policy: str) -> UUID:
    """The id of a policy's stream."""
    return derived_id("policy", policy)


def must_be_ahead(calendar: Calendar, day: date, now: Micros) -> None:
    """Raises Rejected for a date that is not later than today's by the contract's clocks (R4)."""
    if day <= calendar.local_date(now):
        raise Rejected("not-ahead", "Announce a deviation before its day, by the contract's clocks.", "/date")
    if not calendar.covers(day):
        raise Rejected("unknown-year", "No opening hours are laid out that far ahead.", "/date")


class Announcements:
    """`store` is that of the policies' source; `agreements` have every policy that can be named."""

    def __init__(
        self, database: Database, store: EventStore, agreements: Agreements, calendars: Calendars
    ) -> None:
        self._database = database
        self._store = store
        self._agreements = agreements
        self._calendars = calendars

    async def announce(self, asked: Announcement) -> Announced:
        """Commit it durably; every deadline that is computed from then on goes by it.

        Raises Rejected for a date that is not ahead, Stale, Conflict, Transient.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._database.transaction() as tx:
                    announced = await self._attempt(tx, asked)
            except StreamConflict:
                if attempt == ATTEMPTS:
                    raise
            else:
                break
        self._calendars.outdated()
        return announced

    async def newest(self, policy: str) -> Recorded:
        """The last announcement of the policy."""
        return (await self._store.read(stream_of(policy), ALL_TENANTS))[-1]

    async def _attempt(self, tx: Transaction, asked: Announcement) -> Announced:
        if asked.key is not None:
            (known,) = await idempotency.recall(tx, [asked.key])
            if known.refusal is not None:
                raise known.refusal
            if known.answer is not None:
                return await self._again(tx, known.answer)
        before = await self._calendars.lock(tx, asked.policy)
        version = len(before)
        if asked.expected not in (None, version):
            raise Stale("stale", f"The calendar is at version {version}; read it again and decide anew.")
        event = self._decide(asked, tx.now, version)
        stream = stream_of(asked.policy)
        append = Append(
            stream,
            ALL_TENANTS,
            version,
            [NewEvent(new_id(), tx.now, event)],
            new_id(),
            None,
            asked.traceparent,
        )
        await self._store.append(tx, [append])
        await self._calendars.put(tx, asked.policy, [*before, asked.deviation])
        if asked.key is not None:
            await idempotency.remember(tx, [(asked.key, idempotency.Answer(stream, version + 1))])
        return Announced(event, version + 1, tx.now)

    def _decide(self, asked: Announcement, now: datetime, version: int) -> DeviationAnnounced:
        calendar = self._agreements.of_policy(asked.policy).calendar
        day = asked.deviation.date
        must_be_ahead(calendar, day, to_micros(now))
        return DeviationAnnounced(
            policy=asked.policy,
            date=day.isoformat(),
            intervals=tuple(map(_interval, asked.deviation.hours)),
            reason=asked.deviation.reason,
            calendar_version=f"{calendar.rules.version}+{version + 1}",
            by=asked.by,
        )

    async def _again(self, tx: Transaction, answer: idempotency.Answer) -> Announced:
        event = (await self._store.load(tx, [answer.stream]))[answer.stream][answer.version - 1]
        return Announced(cast(DeviationAnnounced, event.data), event.version, event.time)


def _interval(hours: Hours) -> OpeningInterval:
    return OpeningInterval(opens=hours.from_clock, closes=hours.to_clock)
