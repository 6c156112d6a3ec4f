"""After the load: wait until everything has arrived everywhere, then gather the evidence."""

import asyncio
import time
from collections.abc import Awaitable
from datetime import timedelta
from typing import TypeVar

import httpx2

from faults import reading
from faults.evidence import Event, Evidence, Outage
from faults.journal import Journal, clock
from faults.machine import Machine
from faults.rules.clocks import due_of, state_of

SOON = timedelta(seconds=90)
"""A running deadline due within this is waited for; those of working days are not."""
QUIET = 2.0
"""Seconds without a new record after which nothing is thought to be on its way."""

T = TypeVar("T")


class Settling:
    """Reads everything; `reason` says what is still missing."""

    def __init__(self, machine: Machine, journal: Journal, outages: list[Outage]) -> None:
        self._machine, self._journal, self._outages = machine, journal, outages
        self._topics = reading.Topics(machine.kafka.bootstrap)
        self._seen, self._since = -1, time.monotonic()
        self._evidence = Evidence([], [], {}, {}, {}, [], clock())

    async def settle(self, bound: float) -> Evidence:
        """The evidence once nothing is missing, or after `bound` seconds with what was missing then."""
        end = time.monotonic() + bound
        async with httpx2.AsyncClient(timeout=30, trust_env=False) as http:
            while reason := await self._look(http):
                if time.monotonic() > end:
                    await self._read(http)
                    self._evidence.drained = f"not drained within {bound:.0f} s: {reason}"
                    break
                await asyncio.sleep(0.5)
            tickets = self._evidence.tickets.values()
            engine, notifier = self._machine.url("sla_engine"), self._machine.url("notifier")
            self._evidence.previews = await _or({}, reading.previews(http, engine, tickets))
            self._evidence.mails = await _or([], reading.mails(http, notifier))
        self._topics.close()
        return self._evidence

    async def _look(self, http: httpx2.AsyncClient) -> str:
        """Why it is not over yet; cheap questions first."""
        count = await asyncio.to_thread(self._topics.catch_up)
        if count != self._seen:
            self._seen, self._since = count, time.monotonic()
        if time.monotonic() - self._since < QUIET:
            return "records still come"
        now, opened, confirmed = clock(), set[str](), set[str]()
        stories: dict[str, list[Event]] = {}
        held_back = set[str]()
        for event in (arrival.event for arrival in self._topics.arrivals):
            if event.source == "/sla-engine":
                stories.setdefault(event.data["deadline_id"], []).append(event)
            elif event.type == "TicketOpened":
                opened.add(event.subject)
            elif event.type == "NotificationHeld":
                held_back.add(event.data["notification_id"])
            elif event.type == "NotificationSent" and event.data["template"] == "ticket_opened":
                confirmed.add(event.subject)
        for story in stories.values():
            if state_of(story) == "running" and (due := due_of(story)) < now + SOON:
                return f"a deadline runs until {due}"
        sent = {
            arrival.event.data["notification_id"]
            for arrival in self._topics.arrivals
            if arrival.event.type in ("NotificationSent", "NotificationFailed")
        }
        if waiting := len(held_back - sent):
            return f"{waiting} notices are held back"
        if missing := len(opened - confirmed):
            return f"{missing} confirmations are not noted as sent"
        await self._read(http)
        held = {(e.source, e.subject, e.version) for e in (a.event for a in self._topics.arrivals)}
        stored = {(e.source, e.subject, e.version) for found in self._evidence.feeds.values() for e in found}
        if held != stored:
            return f"{len(stored - held)} stored events are not on Kafka"
        return self._unheard()

    def _unheard(self) -> str:
        behind = 0
        for (source, ticket), stream in self._evidence.streams.items():
            versions = self._evidence.shown.get(ticket, {}).get("versions", {})
            behind += versions.get(source.removeprefix("/"), 0) != len(stream)
        return f"the read model is behind on {behind} streams" if behind else ""

    async def _read(self, http: httpx2.AsyncClient) -> None:
        at = clock()
        services = ("intake", "sla_engine", "escalation", "notifier")
        feeds = {
            f"/{name.replace('_', '-')}": await _or([], reading.feed(http, self._machine.url(name)))
            for name in services
        }
        arrivals = sorted(self._topics.arrivals, key=lambda a: (a.topic, a.partition, a.offset))
        evidence = Evidence(self._journal.writes, arrivals, feeds, {}, {}, [], at, self._outages)
        projections = self._machine.url("projections")
        evidence.shown = await _or({}, reading.shown(http, projections, evidence.tickets))
        self._evidence = evidence


async def _or(nothing: T, asked: Awaitable[T]) -> T:
    """What a service answers; `nothing` while it is away, which the rules then see."""
    try:
        return await asked
    except httpx2.HTTPError:
        return nothing
