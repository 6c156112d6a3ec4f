"""A whole system whose clock is moved from instant to instant, and what each person was told in it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from faults.machine import SERVICES, Machine
from shared.testing.waiting import eventually
from tests.integration.system.conftest import Json, System

LEAD = timedelta(seconds=1.5)
"""How long before an instant the clock is put: progress marks, one a second, are then of the new time."""
STOCKHOLM = ZoneInfo("Europe/Stockholm")
TELLING = ("sla_engine", "escalation")
OPS = "ops"


class Told(NamedTuple):
    """One row of the ledger: of what, whom, where, and when that happened."""

    at: datetime
    what: str
    recipient: str
    address: str


def local(text: str) -> datetime:
    """An instant as a clock on a wall in Stockholm shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


class Moving(System):
    """The system, with one clock for all services."""

    async def move(self, to: datetime) -> None:
        """Let it be `to` everywhere. Nothing may be under way, for one service hears of it before another."""
        offset = (to - datetime.now(UTC)).total_seconds()
        answers = await asyncio.gather(
            *(
                self.call("PUT", service, "/local/clock", OPS, json={"offset_seconds": offset})
                for service in SERVICES
            )
        )
        assert [answer.status_code for answer in answers] == [200] * len(SERVICES), answers[0].text

    async def just_before(self, instant: datetime) -> None:
        """Let time run on from shortly before `instant`."""
        await self.move(instant - LEAD)

    async def events(self, service: str, ticket: Json) -> list[Json]:
        """What a service says of the ticket, from its feed."""
        path = f"/v1/events?limit=1000&subject={ticket['id']}"
        answer = await self.call("GET", service, path, OPS)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["items"]
        return found

    async def ledger(self, ticket: Json) -> list[Json]:
        """Every notification about the ticket."""
        path = f"/v1/notifications?limit=500&ticket={ticket['id']}"
        answer = await self.call("GET", "notifier", path, "agent")
        found: list[Json] = answer.json()["items"] if answer.status_code == 200 else []
        return found

    async def sent(self, ticket: Json, template: str, count: int) -> list[Json]:
        """The rows of a kind, once there are `count`, and all that the ticket has are sent."""

        async def look() -> list[Json] | None:
            rows = await self.ledger(ticket)
            found = [row for row in rows if row["template"] == template]
            settled = all(row["state"] == "sent" for row in rows)
            return found if len(found) >= count and settled else None

        rows = await eventually(look, within=15, what=f"{count} of {template} sent")
        assert rows is not None
        return rows

    async def told(self, ticket: Json) -> list[Told]:
        """The ledger as people would tell it: kinds of deadlines and reasons by their names."""
        known = {
            event["id"]: event["data"] for service in TELLING for event in await self.events(service, ticket)
        }
        return sorted(
            Told(
                datetime.fromisoformat(row["event_time"]),
                _named(row["template"], known.get(row["event"], {})),
                row["recipient"],
                row["address"],
            )
            for row in await self.ledger(ticket)
        )


def _named(template: str, data: Mapping[str, object]) -> str:
    match template:
        case "deadline_warned" | "deadline_breached":
            return f"{template}: {data['kind']}"
        case "service_manager_alerted":
            return f"{template}: {data['reason']}"
        case "on_call_alerted":
            return f"{template}: {data['level']}/{data['attempt']}"
        case _:
            return template


async def mails_agree(system: Moving, ticket: Json) -> None:
    """Every row that says `sent` is one caught mail to that address, and there is no other mail."""
    rows = [row for row in await system.ledger(ticket) if row["carried_by"] is None]
    claimed = Counter((f"<{row['id']}@stafett.example>", row["address"]) for row in rows)
    caught = Counter((mail["headers"]["Message-ID"], mail["to"]) for mail in await system.mails(ticket))
    assert caught == claimed
    assert set(claimed.values()) == {1}


@asynccontextmanager
async def beginning_at(instant: datetime, folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Moving]:
    """A system of its own, ready, where it is `instant`."""
    offset = instant - timedelta(minutes=5) - datetime.now(UTC)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**settings, "CLOCK_OFFSET_SECONDS": str(offset.total_seconds())}.items():
            patch.setenv(name, value)
        machine = Machine(folder, folder / "logs")
        await asyncio.to_thread(machine.start)
        try:
            await machine.fresh()
            system = Moving(machine, folder / "traces.jsonl")
            await system.move(instant)
            yield system
            await system.http.aclose()
        finally:
            await asyncio.to_thread(machine.stop)
