"""`make demo`: both contracts' story, and one with targets of seconds, through the public APIs."""

import sys
from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.table import Table

from stack.addresses import Addresses
from stack.console import console, refuse, step
from stack.desk import Desk, Json, Unexpected

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ADA = {"name": "Ada Exempel", "email": "ada.exempel@acme.example"}
RUT = {"name": "Rut Exempel", "email": "rut.exempel@region.example"}
FAY = {"name": "Fay Example", "email": "fay.example@fast.example"}


def play(desk: Desk) -> list[Json]:
    """Tell the story; returns the tickets in it. Raises Unexpected when it goes otherwise."""
    return [_critical(desk), _ordinary(desk), _portal(desk), *_seconds(desk)]


def _critical(desk: Desk) -> Json:
    console.rule("hubs: a critical incident (kritisk)")
    ticket = desk.open(
        "acme",
        subject="Växeln svarar inte",
        description="Ingen kan ringa in sedan tio minuter.",
        reporter=ADA,
        priority="P1",
    )
    console.print(f"Ada at Acme reports {ticket['number']}, P1.")
    with step("deadlines run, the ticket stands with line 2, Ada and the service manager have mail"):
        desk.wait("escalation to line 2", lambda: _line(desk, ticket) == 2, 10)
        desk.wait("deadlines", lambda: len(desk.view(ticket)["deadlines"]) >= 3, 10)
        desk.wait("two mails", lambda: len(desk.mails(ticket)) >= 2, 20)
    desk.act(ticket, "work", "agent")
    desk.act(ticket, "comments", "agent", body="Vi felsöker; nästa besked inom en timme.")
    desk.act(ticket, "resolve", "agent", solution="Omdirigerat till reservväxeln.", workaround=True)
    console.print("Support begins work, answers, and finds a workaround (tillfällig lösning).")
    return ticket


def _ordinary(desk: Desk) -> Json:
    console.rule("hubs: a telephone call, registered by support for the caller")
    ticket = desk.open(
        "agent",
        customer="acme",
        channel="phone",
        subject="Fel datum i rapporten",
        description="Anmälaren ser gårdagens datum.",
        reporter=ADA,
        priority="P3",
    )
    desk.act(ticket, "comments", "agent", body="Bara för oss: känt fel i 4.2.", visibility="internal")
    desk.act(ticket, "resolve", "agent", solution="Rättat i 4.2.1.")
    desk.act(ticket, "close", "agent")
    console.print(f"{ticket['number']}: answered on the telephone, so the first response is met at once.")
    return ticket


def _portal(desk: Desk) -> Json:
    console.rule("timecare: a question through the customer portal")
    ticket = desk.open(
        "region",
        channel="portal",
        subject="Ny testdatabas",
        description="Kan ni sätta upp en testdatabas?",
        reporter=RUT,
        priority="P2",
        type="order",
        category="order",
    )
    with step(f"{ticket['number']}: triage (inledande bedömning) within two opening hours begins to run"):
        desk.wait("a triage deadline", lambda: _deadlines(desk, ticket, "triage"), 10)
    (triage,) = _deadlines(desk, ticket, "triage")
    console.print(f"Rut's P2 is a wish here; triage is due {_local(triage['due_at'])}.")
    desk.act(ticket, "priority", "agent", priority="P3")
    with step("support sets P3, which meets triage"):
        desk.wait("triage met", lambda: _deadlines(desk, ticket, "triage")[0]["state"] == "met", 10)
    return ticket


def _seconds(desk: Desk) -> list[Json]:
    console.rule("demo: targets of seconds, so that time is seen to pass")
    neglected, cared_for = (
        desk.open("fast", subject=subject, description="Nobody can log in.", reporter=FAY, priority="P1")
        for subject in ("Login is down (and nobody answers)", "Login is down (and support answers)")
    )
    desk.act(cared_for, "work", "agent")
    desk.act(cared_for, "resolve", "agent", solution="Restarted the session store.")
    for what, seen in {
        "the neglected one is warned of at 75 %": lambda: _saw(desk, neglected, "DeadlineWarned"),
        "its first response is breached at 10 s": lambda: _is_breached(desk, neglected, "response"),
        "its resolution is breached at 25 s": lambda: _is_breached(desk, neglected, "resolution"),
        "the breach moves it up to line 3": lambda: _line(desk, neglected) == 3,
        "mail tells of it": lambda: len(desk.mails(neglected)) >= 4,
    }.items():
        with step(f"{neglected['number']}: {what}"):
            desk.wait(what, seen, 45)
    return [neglected, cared_for]


def _deadlines(desk: Desk, ticket: Json, kind: str) -> list[Json]:
    return [deadline for deadline in desk.view(ticket)["deadlines"] if deadline["kind"] == kind]


def _is_breached(desk: Desk, ticket: Json, kind: str) -> bool:
    return any(deadline["state"] == "breached" for deadline in _deadlines(desk, ticket, kind))


def _saw(desk: Desk, ticket: Json, event: str) -> bool:
    return any(entry["type"].startswith(event) for entry in desk.view(ticket)["timeline"])


def _line(desk: Desk, ticket: Json) -> Any:
    return (desk.view(ticket)["routing"] or {}).get("line")


def _local(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(STOCKHOLM):%a %Y-%m-%d %H:%M:%S}"


def show(desk: Desk, tickets: list[Json]) -> None:
    """What happened, per ticket, and where to look it up."""
    table = Table(title="What happened (Stockholm time)", show_lines=True)
    table.add_column("ticket", no_wrap=True)
    table.add_column("deadlines", no_wrap=True)
    table.add_column("mails")
    for ticket in tickets:
        seen = desk.view(ticket)
        contract = f"{seen['contract']} {seen['priority'] or '–'}"
        line = f"line {seen['routing']['line']}"
        told = Counter(mail["to"] for mail in desk.mails(ticket))
        table.add_row(
            "\n".join((seen["number"], contract, seen["status"], line)),
            "\n".join(_deadline(deadline) for deadline in seen["deadlines"]),
            "\n".join(f"{count} to {address.partition('@')[0]}" for address, count in told.items()),
        )
    console.print(table)
    console.print("Look them up (Authorization: Bearer local-agent):")
    for ticket in tickets:
        console.print(f"  {ticket['number']}  {desk.url('projections', '/v1/tickets/' + ticket['id'])}")
    console.print(f"  every mail  {desk.url('notifier', '/local/mail')}")


def _deadline(deadline: Json) -> str:
    due = datetime.fromisoformat(deadline["due_at"]).astimezone(STOCKHOLM)
    return f"{deadline['kind']:<15} {due:%a %d/%m %H:%M:%S} {deadline['state']}"


if __name__ == "__main__":
    desk = Desk(Addresses.from_environment())
    try:
        show(desk, play(desk))
    except Unexpected as error:
        refuse(str(error))
        sys.exit(1)
