"""How the story is told: each term by its Swedish name, with the call that shows it and what was seen."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from stack.console import console, step
from stack.desk import Desk, Json

STOCKHOLM = ZoneInfo("Europe/Stockholm")


class Term(NamedTuple):
    """One row of a contract's terms, as it was seen to hold."""

    contract: str
    name: str
    call: str
    seen: str


class Telling:
    """Calls the desk, and notes which term each call has shown."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.terms: list[Term] = []
        self.tickets: list[Json] = []

    def open(self, who: str, **fields: Any) -> Json:
        """Post a ticket that the closing table lists."""
        ticket = self.desk.open(who, **fields)
        self.tickets.append(ticket)
        return ticket

    def shows(self, contract: str, name: str, call: str, seen: str) -> None:
        """Note, and print, that a term has been seen."""
        self.terms.append(Term(contract, name, call, seen))
        console.print(f"  [bold]{name}[/bold]: {seen}  [dim]{call}[/dim]")

    def waits(self, what: str, probe: Callable[[], Any], within: float = 20) -> Any:
        """Wait for what the services do by themselves, with progress. Raises Unexpected."""
        with step(what):
            return self.desk.wait(what, probe, within)

    def deadline(self, ticket: Json, kind: str) -> Json | None:
        """The ticket's newest deadline of that kind in the read model."""
        found = [each for each in self.desk.view(ticket)["deadlines"] if each["kind"] == kind]
        return found[-1] if found else None

    def is_in(self, ticket: Json, kind: str, *states: str) -> bool:
        """Whether that deadline is in one of `states`."""
        found = self.deadline(ticket, kind)
        return found is not None and found["state"] in states

    def line(self, ticket: Json) -> Any:
        """The support line that holds the ticket."""
        return (self.desk.view(ticket)["routing"] or {}).get("line")

    def told(self, ticket: Json, *words: str) -> bool:
        """Whether some mail about the ticket holds one of `words`, in its subject or text."""
        mails = self.desk.mails(ticket)
        return any(word.lower() in (m["subject"] + m["text"]).lower() for m in mails for word in words)


def local(instant: str) -> str:
    """An instant by the clocks of Stockholm."""
    return f"{datetime.fromisoformat(instant).astimezone(STOCKHOLM):%a %Y-%m-%d %H:%M:%S}"
