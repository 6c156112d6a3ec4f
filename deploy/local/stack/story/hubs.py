"""The terms of `hubs`: impact decides, clocks run in support hours, a critical matter goes to all at once."""

from stack.console import console
from stack.desk import Json
from stack.story.telling import Telling, local

ADA = {"name": "Ada Exempel", "email": "ada.exempel@acme.example"}
_TICKETS = "POST intake /v1/tickets"


def play(telling: Telling) -> None:
    """Raises Unexpected when it goes otherwise."""
    console.rule("hubs")
    _critical(telling)
    _high(telling)
    _by_telephone(telling)
    _calendar(telling)


def _critical(telling: Telling) -> None:
    desk = telling.desk
    ticket = telling.open(
        "acme",
        subject="Växeln svarar inte",
        description="Ingen kan ringa in sedan tio minuter.",
        reporter=ADA,
        priority="P1",
    )
    console.print(f"Ada at Acme reports {ticket['number']}: nobody can call in. P1.")
    telling.waits("the confirmation is mailed", lambda: desk.mails(ticket))
    telling.shows("hubs", "ärendenummer, bekräftelse", _TICKETS, f"{ticket['number']} stands in Ada's mail")
    telling.waits("line 2 holds it", lambda: telling.line(ticket) == 2)
    telling.shows(
        "hubs",
        "eskalera (kritisk, direkt)",
        "GET escalation …/routing",
        "on line 2 at once, whatever the hour",
    )
    telling.waits(
        "the service manager has mail",
        lambda: any(mail["to"].startswith("ylva") for mail in desk.mails(ticket)),
    )
    telling.shows("hubs", "tjänsteansvarig", "GET notifier /v1/notifications", "Ylva was alerted in parallel")
    telling.waits("its clocks run", lambda: telling.deadline(ticket, "resolution"))
    for kind, name in (("response", "initial respons"), ("resolution", "målsatt åtgärdstid")):
        found = telling.deadline(ticket, kind) or {}
        telling.shows(
            "hubs", f"{name}, kritisk", "GET sla-engine …/deadlines", f"due {local(found['due_at'])}"
        )
    desk.act(ticket, "work", "agent")
    telling.waits("that was the first response", lambda: telling.is_in(ticket, "response", "met"))
    telling.shows("hubs", "arbete påbörjat", "POST intake …/work", "meets response and work_started of a P1")
    desk.act(ticket, "comments", "agent", body="Vi felsöker; nästa besked inom en timme.")
    telling.waits("the next update is due", lambda: telling.deadline(ticket, "customer_update"))
    telling.shows(
        "hubs", "lägesrapport", "POST intake …/comments", "Ada was told, and the next update is due"
    )
    desk.act(ticket, "resolve", "agent", solution="Omdirigerat till reservväxeln.", workaround=True)
    telling.waits("its resolution is met", lambda: telling.is_in(ticket, "resolution", "met"))
    telling.shows("hubs", "tillfällig lösning", "POST intake …/resolve", "a workaround solves a P1")
    _reviewed(telling, ticket)
    record = desk.get("projections", f"/v1/tickets/{ticket['id']}/record", "acme")
    printed = f"{len(record)} sections, on request; {len(desk.pages(ticket, 'acme')) // 1024} kB as PDF"
    telling.shows("hubs", "dokumentation", "GET projections …/record", printed)


def _reviewed(telling: Telling, ticket: Json) -> None:
    desk = telling.desk
    review = desk.act(ticket, "close", "agent")["review"]
    due = local(review["due_at"])
    telling.shows("hubs", "genomgång efter incident", "POST intake …/close", f"a closed P1: due {due}")
    telling.waits("Ylva is told that the review is hers", lambda: telling.told(ticket, "genomgång efter"))
    bo = {"name": "Bo Exempel", "email": "bo@support.example"}
    desk.act(ticket, "review", "manager", owner=bo)
    telling.shows("hubs", "ansvarig för genomgången", "POST intake …/review", "Bo owns it, and is mailed")
    desk.act(ticket, "survey", "acme", score=4, comment="Snabbt hjälpt.")
    actions = [{"what": "Larma när växelns disk är full till 80 %", "owner": bo["name"]}]
    found = {"root_cause": "Disken i växeln var full av gamla loggar.", "actions": actions}
    review = desk.act(ticket, "review-complete", "agent", **found)["review"]
    telling.shows(
        "hubs",
        "rotorsak, kundens nöjdhet",
        "POST intake …/review-complete",
        f"cause, actions, and {review['contentment']['score']} of 5 from the survey",
    )
    telling.waits(
        "its deadline is met, which Ada does not see", lambda: telling.is_in(ticket, "review", "met")
    )


def _high(telling: Telling) -> None:
    desk = telling.desk
    ticket = telling.open(
        "acme",
        subject="Röstbrevlådan tappar meddelanden",
        description="Vart tredje meddelande försvinner.",
        reporter=ADA,
        priority="P2",
    )
    console.print(f"{ticket['number']}: a serious degradation. P2.")
    telling.waits("its clocks run", lambda: telling.deadline(ticket, "resolution"))
    desk.act(ticket, "question", "agent", body="Gäller det alla telefoner?")
    telling.waits("its resolution stands still", lambda: telling.is_in(ticket, "resolution", "paused"))
    telling.shows(
        "hubs", "väntar på kund, pausad", "POST intake …/question", "resolution and line limit stand still"
    )
    desk.act(ticket, "comments", "acme", body="Ja, alla.")
    telling.waits(
        "the answer lets it run on", lambda: telling.is_in(ticket, "resolution", "running", "breached")
    )
    telling.shows("hubs", "svar", "POST intake …/comments", "the customer's word ends the wait")
    desk.move(ticket, "escalate", reason="Behöver utvecklarnas ögon.")
    telling.waits("line 2 holds it", lambda: telling.line(ticket) == 2)
    telling.shows("hubs", "eskalera för hand", "POST escalation …/escalate", "line 2, and Ada is told")
    desk.act(ticket, "wait", "agent", **{"for": "supplier", "reference": "DRIFT-4711"})
    telling.shows("hubs", "driftsleverantör", "POST intake …/wait", "shown as waited for; no clock stops")


def _by_telephone(telling: Telling) -> None:
    desk = telling.desk
    ticket = telling.open(
        "agent",
        customer="acme",
        channel="phone",
        subject="Fel datum i rapporten",
        description="Anmälaren ser gårdagens datum.",
        reporter=ADA,
        priority="P3",
    )
    telling.waits("its response is met", lambda: telling.is_in(ticket, "response", "met"))
    telling.shows("hubs", "telefon och chatt", _TICKETS, "registered by support: answered at once")
    desk.act(ticket, "comments", "agent", body="Bara för oss: känt fel i 4.2.", visibility="internal")
    telling.shows("hubs", "intern anteckning", "POST intake …/comments", "never leaves support")
    desk.act(ticket, "resolve", "agent", solution="Rättat i 4.2.1.")
    desk.act(ticket, "close", "agent")
    desk.act(ticket, "survey", "acme", score=5, comment="Snabbt!")
    telling.shows("hubs", "avslutat, enkät", "POST intake …/survey", "Ada was content: 5 of 5")


def _calendar(telling: Telling) -> None:
    days = telling.desk.get("sla-engine", "/v1/calendars/hubs?year=2026", "acme")["days"]
    red = next(day for day in days if day["date"] == "2026-06-06")
    telling.shows(
        "hubs", "supporttid, röd dag", "GET sla-engine /v1/calendars/hubs", f"2026-06-06: {red['reason']}"
    )
    report = telling.desk.get("projections", "/v1/reports/sla?group_by=priority", "manager")["items"]
    telling.shows(
        "hubs", "måluppfyllelse", "GET projections /v1/reports/sla", f"{len(report)} rows, promises apart"
    )
