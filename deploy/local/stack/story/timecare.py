"""The terms of `timecare`: the portal is the front door, three lines, and dates that are agreed on."""

from datetime import UTC, datetime, timedelta

from stack.console import console
from stack.story.telling import Telling, local

RUT = {"name": "Rut Exempel", "email": "rut.exempel@region.example"}


def play(telling: Telling) -> None:
    """Raises Unexpected when it goes otherwise."""
    console.rule("timecare")
    desk = telling.desk
    ticket = telling.open(
        "region",
        channel="portal",
        subject="Ny testdatabas",
        description="Kan ni sätta upp en testdatabas?",
        reporter=RUT,
        priority="P2",
        type="order",
    )
    console.print(f"Rut at the region orders a test database: {ticket['number']}.")
    triage = telling.waits("triage begins to run", lambda: telling.deadline(ticket, "triage"))
    telling.shows(
        "timecare", "inledande bedömning", "GET sla-engine …/deadlines", f"due {local(triage['due_at'])}"
    )
    telling.shows("timecare", "önskad prioritet", "POST intake /v1/tickets", "Rut's P2 is a wish")
    desk.act(ticket, "category", "agent", category="order")
    desk.act(ticket, "priority", "agent", priority="P3")
    telling.waits("triage is met", lambda: telling.is_in(ticket, "triage", "met"))
    telling.waits("line 2 holds the order", lambda: telling.line(ticket) == 2)
    telling.shows("timecare", "andra linjen, beställning", "POST intake …/category", "orders go to line 2")
    _agree(telling, ticket)
    _end(telling, ticket)
    _deviate(telling)


def _agree(telling: Telling, ticket: dict[str, str]) -> None:
    desk = telling.desk
    desk.act(ticket, "question", "agent", body="Vilken vecka passar?")
    telling.waits("Rut has the question in her mail", lambda: telling.told(ticket, "Vilken vecka passar?"))
    telling.shows("timecare", "motfråga", "POST intake …/question", "asked in the portal, and mailed")
    desk.act(ticket, "comments", "region", body="Nästa vecka.")
    due = datetime.now(UTC) + timedelta(days=7)
    desk.act(ticket, "agreed-date", "agent", due_at=due.isoformat())
    telling.waits("the agreed date runs", lambda: telling.deadline(ticket, "resolution"))
    telling.shows(
        "timecare", "överenskommet datum", "POST intake …/agreed-date", f"due {local(due.isoformat())}"
    )
    telling.waits(
        "support has mail of Rut's answer",
        lambda: any(mail["to"] != RUT["email"] for mail in desk.mails(ticket)),
    )
    telling.shows(
        "timecare", "ömsesidig avisering", "GET notifier /v1/notifications", "each hears of the other"
    )


def _end(telling: Telling, ticket: dict[str, str]) -> None:
    desk = telling.desk
    desk.act(ticket, "resolve", "agent", solution="Testdatabasen finns.")
    desk.act(ticket, "close-request", "region")
    telling.shows("timecare", "begär avslut", "POST intake …/close-request", "the customer says when")
    desk.act(ticket, "close", "agent")
    desk.act(ticket, "survey", "region", score=4)
    telling.shows("timecare", "enkät", "POST intake …/survey", "4 of 5")
    reopened = desk.act(ticket, "reopen", "region", reason="Behörigheten saknas.")
    telling.shows("timecare", "återöppna", "POST intake …/reopen", "an old ticket goes on")
    desk.move(ticket, "return", after=reopened, reason="Handhavande.")
    telling.waits("line 1 holds it", lambda: telling.line(ticket) == 1)
    telling.shows("timecare", "återlämna", "POST escalation …/return", "back on line 1")


def _deviate(telling: Telling) -> None:
    """A Tuesday far enough ahead; announced again it is the same announcement."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=400)
    day = tomorrow + timedelta(days=(1 - tomorrow.weekday()) % 7)
    body = {"date": day.isoformat(), "intervals": [], "reason": "Utbildningsdag"}
    telling.desk.post("sla-engine", "/v1/calendars/timecare/deviations", "manager", body)
    days = telling.desk.get("sla-engine", f"/v1/calendars/timecare?year={day.year}", "region")["days"]
    seen = next(each for each in days if each["date"] == day.isoformat())
    telling.shows(
        "timecare",
        "avvikande öppettider",
        "POST sla-engine …/deviations",
        f"{day}: {seen['reason']}, announced beforehand",
    )
    bridge = next(each for each in days if each["kind"] == "bridge_day")
    telling.shows("timecare", "klämdag", "GET sla-engine /v1/calendars/timecare", f"{bridge['date']}: closed")
