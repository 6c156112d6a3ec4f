"""What may be done to a ticket, as the contract has it: who, when, and what then. To add an act is a line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

Body = Callable[[int], dict[str, Any]]

ACTIVE = frozenset({"new", "open", "waiting"})
ENDED = frozenset({"resolved", "closed"})
NOT_CLOSED = ACTIVE | {"resolved"}
CLOSED = frozenset({"closed"})

CUSTOMER = frozenset({"customer"})
SUPPORT = frozenset({"agent", "manager"})
BOTH = CUSTOMER | SUPPORT
EVERYBODY = ("customer", "stranger", "agent", "manager", "ops", "service")
"""`customer`: whose ticket it is; `stranger`: another one."""


class Act(NamedTuple):
    """`POST /v1/tickets/{id}/<name>`: by whom, in which statuses, with which body, and what then.

    `then` left empty leaves the status, `new` becoming `open` if support did it. `once`: not again before the
    ticket is reopened. `whenever`: `service` judges by what it has heard so far, so it may also refuse (409).
    `of_review`: only while the ticket's review is open.
    """

    who: frozenset[str]
    statuses: frozenset[str]
    body: Body = lambda _: {}
    then: str = ""
    once: bool = False
    service: str = "intake"
    whenever: bool = False
    of_review: bool = False


def _ahead(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def _move(body: Body) -> Act:
    return Act(SUPPORT, NOT_CLOSED, body, service="escalation", whenever=True)


_CATEGORIES = ("application", "installation", "defect", "question")
ACTS: dict[str, Act] = {
    "comments": Act(BOTH, NOT_CLOSED, lambda n: {"body": f"Ord {n}"}),
    "priority": Act(
        SUPPORT,
        ACTIVE,
        lambda n: {"priority": f"P{n % 4 + 1}", "basis": "worsened" if n % 2 else "correction"},
    ),
    "category": Act(SUPPORT, ACTIVE, lambda n: {"category": _CATEGORIES[n % 4]}),
    "work": Act(SUPPORT, ACTIVE, then="open"),
    "question": Act(SUPPORT, ACTIVE, lambda _: {"body": "Hur?"}, then="waiting"),
    "wait": Act(SUPPORT, ACTIVE, lambda n: {"for": "supplier", "reference": f"D-{n}"}),
    "agreed-date": Act(SUPPORT, ACTIVE, lambda n: {"due_at": _ahead(n)}),
    "expected": Act(SUPPORT, ACTIVE, lambda n: {"expected_at": _ahead(n)}),
    "resolve": Act(SUPPORT, ACTIVE, lambda _: {"solution": "Löst."}, then="resolved"),
    "close-request": Act(CUSTOMER, NOT_CLOSED, once=True),
    "close": Act(SUPPORT, NOT_CLOSED, then="closed"),
    "reopen": Act(BOTH, ENDED, lambda _: {"reason": "Igen."}, then="open"),
    "survey": Act(CUSTOMER, CLOSED, lambda n: {"score": n % 5 + 1}, once=True),
    "review": Act(SUPPORT, CLOSED, lambda n: {"due_at": _ahead(n)}, of_review=True),
    "review-complete": Act(SUPPORT, CLOSED, lambda _: {"root_cause": "Orsak."}, of_review=True),
    "split": Act(SUPPORT, ACTIVE, lambda _: {"subject": "Del", "description": "En del."}),
    "assign": _move(lambda n: {"line": n % 2 + 1}),
    "escalate": _move(lambda _: {"reason": "Svår."}),
    "return": _move(lambda _: {"reason": "Lätt."}),
}


def allowed(name: str, who: str, status: str, done: set[str], review: str | None) -> set[int]:
    """The answers that the contract allows: `done` are the acts that may come once, and have.

    `review`: the status of the ticket's newest review, if it ever had one.
    """
    act = ACTS[name]
    if who not in act.who:
        # A customer's credential is told nothing of another's ticket, be it that it is there.
        return {404 if who == "stranger" and "customer" in act.who else 403}
    if act.whenever:
        return {200, 409}
    if act.of_review and review != "open":
        return {409}
    return {409} if status not in act.statuses or name in done else {200}


def follows(name: str, who: str, status: str) -> str:
    """The status after an act that was done in `status`."""
    if name == "comments" and who == "customer":
        return "open" if status == "waiting" else status
    return ACTS[name].then or ("open" if status == "new" and who in SUPPORT else status)
