"""Ways in which escalation and the notifier go wrong."""

# ruff: noqa: PLC0415 - a bug loads only the service that has it, and the checker none

from typing import Any
from uuid import uuid4

from faults.bugs.patching import every, wrap


def _doubles(kind: str) -> None:
    from escalation import handlers

    def react(original: Any, *arguments: Any) -> Any:
        state, decided = original(*arguments)
        more = [step._replace(cause=uuid4()) for step in decided if type(step.event).__name__ == kind]
        return state, [*decided, *more]

    wrap(handlers, "react", react)


def escalates_twice() -> None:
    """Says every escalation twice."""
    _doubles("TicketEscalated")


def alerts_twice() -> None:
    """Alerts the service manager twice."""
    _doubles("ServiceManagerAlerted")


def stays_low() -> None:
    """Hears of no breach."""
    from escalation.domain import causes

    vars(causes)["standing_breaches"] = lambda routing: []


def starts_high() -> None:
    """Lays every ticket before line 2."""
    from escalation.domain import decisions

    vars(decisions)["FIRST_LINE"] = 2


def mails_twice() -> None:
    """Sends some messages again as new ones, as a sender does that forgets what it sent."""
    from notifier.adapters.smtp import MailServer

    again = every(10)

    async def send(original: Any, self: Any, sender: str, recipient: str, mail: bytes) -> Any:
        outcome = await original(self, sender, recipient, mail)
        if again():
            renamed = mail.replace(b"Message-ID: <", b"Message-ID: <again-")
            await original(self, sender, recipient, renamed)
        return outcome

    wrap(MailServer, "send", send)


def _notices(instead: Any) -> None:
    from notifier import handlers

    wrap(handlers, "notices_of", instead)


def forgets_confirmations() -> None:
    """Confirms all but some."""
    forget = every(10)

    def notices_of(original: Any, fact: Any, before: Any) -> Any:
        told = original(fact, before)
        if fact.type.startswith("TicketOpened") and forget():
            return [notice for notice in told if notice.recipient != "reporter"]
        return told

    _notices(notices_of)


def forgets_words() -> None:
    """Tells the reporter of all but some solutions."""
    forget = every(5)

    def notices_of(original: Any, fact: Any, before: Any) -> Any:
        return [] if fact.type.startswith("TicketResolved") and forget() else original(fact, before)

    _notices(notices_of)


def tells_internal() -> None:
    """Takes internal comments for public ones."""
    import msgspec

    def notices_of(original: Any, fact: Any, before: Any) -> Any:
        if fact.type.startswith("CommentAdded"):
            fact = msgspec.structs.replace(fact, data=msgspec.structs.replace(fact.data, visibility="public"))
        return original(fact, before)

    _notices(notices_of)
