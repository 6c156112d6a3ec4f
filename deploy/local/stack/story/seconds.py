"""The terms of `demo`: targets of seconds, so that time is seen to pass."""

from stack.console import console
from stack.desk import Json
from stack.story.telling import Telling, local

FAY = {"name": "Fay Example", "email": "fay.example@fast.example"}


def play(telling: Telling) -> None:
    """Raises Unexpected when it goes otherwise."""
    console.rule("demo: targets of seconds")
    desk = telling.desk
    neglected, cared_for = (
        telling.open("fast", subject=subject, description="Nobody can log in.", reporter=FAY, priority="P1")
        for subject in ("Login is down (and nobody answers)", "Login is down (and support answers)")
    )
    desk.act(cared_for, "work", "agent")
    desk.act(cared_for, "resolve", "agent", solution="Restarted the session store.")
    review = desk.act(cared_for, "close", "agent")["review"]
    telling.waits("warned of at 75 %", lambda: _saw(telling, neglected, "DeadlineWarned"), 45)
    telling.shows("demo", "tidsgräns närmar sig", "GET projections …", "warned at 75 % of ten seconds")
    telling.waits("breached at 10 s", lambda: telling.is_in(neglected, "response", "breached"), 45)
    telling.shows("demo", "tidsgräns passerad", "topic sla-events", "response breached, to the second")
    telling.waits(
        "resolution breached at 25 s", lambda: telling.is_in(neglected, "resolution", "breached"), 45
    )
    telling.waits("it moves up to line 3", lambda: telling.line(neglected) == 3, 45)
    telling.shows(
        "demo", "eskalera (passerad)", "topic escalation-events", "a breached resolution moves it up"
    )
    telling.waits(
        "the review that nobody wrote is overdue", lambda: telling.told(cared_for, "review is overdue"), 45
    )
    telling.shows(
        "demo", "försenad genomgång", "GET projections /v1/reviews", f"was due {local(review['due_at'])}"
    )
    telling.waits("mail tells of it", lambda: len(desk.mails(neglected)) >= 4, 45)
    telling.shows("demo", "avisering", "GET notifier /local/mail", f"{len(desk.mails(neglected))} mails")


def _saw(telling: Telling, ticket: Json, event: str) -> bool:
    return any(entry["type"].startswith(event) for entry in telling.desk.view(ticket)["timeline"])
