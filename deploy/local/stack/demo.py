"""`make demo`: the story of both contracts, what it showed of their terms, and what became of each ticket."""

import sys
from collections import Counter
from datetime import datetime

from rich.table import Table

from stack.addresses import Addresses
from stack.console import console, refuse
from stack.desk import Desk, Json, Unexpected
from stack.story import hubs, newcomer, seconds, timecare, webhooks
from stack.story.telling import STOCKHOLM, Telling


def show(telling: Telling) -> None:
    """The terms that were seen to hold, the tickets, and where to look them up."""
    terms = Table(title="The terms, as they were seen to hold")
    for column in ("contract", "term (Swedish)", "call", "seen"):
        terms.add_column(column)
    for term in telling.terms:
        terms.add_row(*term)
    console.print(terms)
    table = Table(title="What became of the tickets (Stockholm time)", show_lines=True)
    table.add_column("ticket", no_wrap=True)
    table.add_column("deadlines", no_wrap=True)
    table.add_column("mails")
    for ticket in telling.tickets:
        seen = telling.desk.view(ticket)
        contract = f"{seen['contract']} {seen['priority'] or '–'}"
        told = Counter(mail["to"] for mail in telling.desk.mails(ticket))
        table.add_row(
            "\n".join((seen["number"], contract, seen["status"], f"line {seen['routing']['line']}")),
            "\n".join(_deadline(deadline) for deadline in seen["deadlines"]),
            "\n".join(f"{count} to {address.partition('@')[0]}" for address, count in told.items()),
        )
    console.print(table)
    console.print("Look them up (Authorization: Bearer local-agent):")
    for ticket in telling.tickets:
        where = telling.desk.url("projections", f"/v1/tickets/{ticket['id']}")
        console.print(f"  {ticket['number']}  {where}")
    console.print(f"  every mail  {telling.desk.url('notifier', '/local/mail')}")


def _deadline(deadline: Json) -> str:
    due = datetime.fromisoformat(deadline["due_at"]).astimezone(STOCKHOLM)
    return f"{deadline['kind']:<15} {due:%a %d/%m %H:%M:%S} {deadline['state']}"


if __name__ == "__main__":
    telling = Telling(Desk(Addresses.from_environment()))
    try:
        for contract in (hubs, timecare, seconds, newcomer, webhooks):
            contract.play(telling)
        show(telling)
    except Unexpected as error:
        refuse(str(error))
        sys.exit(1)
