"""What the customers of the load go through: each story is a ticket and the steps that follow it."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from faults.journal import Kind, clock


@dataclass(frozen=True, slots=True)
class Step:
    """`after`: seconds since the ticket was opened. `by`: the credential."""

    after: float
    kind: Kind
    by: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """`weight`: how often, among all. With `priority` None support decides."""

    weight: int
    customer: str
    priority: str | None
    steps: Sequence[Step]


_AGENT = "local-agent"


def _work(after: float) -> Step:
    return Step(after, "work", _AGENT)


def _word(after: float, by: str = _AGENT, visibility: str = "public") -> Step:
    return Step(after, "comment", by, visibility)


def _priority(after: float, priority: str) -> Step:
    return Step(after, "priority", _AGENT, priority)


def _resolve(after: float) -> Step:
    return Step(after, "resolve", _AGENT)


def _question(after: float) -> Step:
    return Step(after, "question", _AGENT)


def _agree(after: float, ahead: float) -> Step:
    """Agree on a date that lies `ahead` seconds after the step."""
    return Step(after, "agree", _AGENT, str(ahead))


def _closing(after: float, customer: str) -> list[Step]:
    return [
        Step(after, "close-request", f"local-{customer}"),
        Step(after + 0.5, "close", _AGENT),
        Step(after + 1, "survey", f"local-{customer}"),
    ]


STORIES: Sequence[Story] = (
    Story(4, "acme", "P1", [_work(0.5), _word(1), _word(1.5, "local-acme"), _resolve(3)]),
    Story(
        6,
        "acme",
        "P3",
        [_word(0.5, "local-acme"), _priority(1, "P2"), _word(1.5, visibility="internal"), _word(2)],
    ),
    Story(4, "acme", "P4", [_word(1), _resolve(2)]),
    Story(
        2, "acme", "P3", [_priority(1, "P1"), _work(1.2), _word(1.2), _word(1.2, "local-acme"), _resolve(4)]
    ),
    Story(
        6, "region", "P2", [_priority(1, "P3"), _word(1.5), _word(1.5, "local-region"), _work(2), _resolve(3)]
    ),
    Story(3, "region", None, [_word(0.5, "local-region"), _priority(1, "P2")]),
    # Targets of seconds (P1: response and work 10, update 20, resolution 25; P3: response 20).
    Story(6, "fast", "P1", [_work(1), _word(4), _resolve(7)]),
    # In time by a second: an engine that lags must still judge by when it happened.
    Story(4, "fast", "P1", [_work(9), _word(18.5), _resolve(23.5)]),
    Story(3, "fast", "P3", [_word(18.5), _resolve(24)]),
    # Late, then done all the same; and never done.
    Story(2, "fast", "P1", [_work(12), _resolve(27)]),
    Story(2, "fast", "P1", []),
    Story(2, "fast", "P2", [_word(2), _work(3), _resolve(23)]),
    Story(2, "fast", None, [_priority(4, "P2"), _work(6), _resolve(9)]),
    # On line 1 past its limit (P2: 20), and then past its resolution (40).
    Story(2, "fast", "P2", [_word(2), _work(3), _resolve(42)]),
    # Waiting for the customer stops the clock: solved after the first due instant (25), before the last (33).
    Story(3, "fast", "P1", [_work(1), _question(4), _word(12, "local-fast"), _resolve(29)]),
    # Nobody ever answers the question: nothing but the first response falls due.
    Story(2, "fast", "P1", [_work(1), _question(3)]),
    # Support goes on without an answer, and is then too late (33).
    Story(2, "fast", "P1", [_work(1), _question(4), _work(12), _resolve(36)]),
    # Agreed dates: kept, and broken, whatever the computed one (60) was.
    Story(2, "fast", "P3", [_word(1), _agree(2, 20), _resolve(18)]),
    Story(2, "fast", "P3", [_word(1), _agree(2, 12), _question(4), _resolve(20)]),
    # Closed, and opened again: both clocks run in full once more, here past their due (9 + 25).
    Story(
        2,
        "fast",
        "P1",
        [
            _work(1),
            _resolve(3),
            *_closing(4, "fast"),
            Step(9, "reopen", "local-fast"),
            _word(12),
            _resolve(36),
        ],
    ),
    # Closed: its review is due 20 s later, and done in time, or not at all.
    Story(2, "fast", "P1", [_work(1), _resolve(2), *_closing(3, "fast"), Step(6, "review-complete", _AGENT)]),
    Story(1, "fast", "P2", [_word(1), _work(1.5), _resolve(2), *_closing(3, "fast")]),
    Story(
        3,
        "acme",
        "P2",
        [
            _question(0.5),
            _word(1, "local-acme"),
            Step(1.5, "wait", _AGENT),
            _work(2),
            _question(2.5),
            _resolve(3),
            *_closing(3.5, "acme"),
            Step(5.5, "reopen", _AGENT),
        ],
    ),
)


def pick(chance: random.Random, *, brief: bool = False) -> Story:
    """A story by weight; `brief` leaves out those that go on for more than ten seconds."""
    known = [s for s in STORIES if not (brief and s.customer == "fast" and _length(s) > 10)]
    return chance.choices(known, [story.weight for story in known])[0]


def _length(story: Story) -> float:
    return max((step.after for step in story.steps), default=25.0)


def opening(story: Story, token: str) -> dict[str, Any]:
    """The body of `POST /v1/tickets`; the address is this ticket's own."""
    email = f"{token}@{story.customer}.example"
    body: dict[str, Any] = {
        "subject": f"Fault {token}",
        "description": f"Something broke: {token}",
        "reporter": {"name": "Robin Exempel", "email": email},
        "external_ref": token,
    }
    return body if story.priority is None else body | {"priority": story.priority}


def body_of(step: Step, token: str) -> dict[str, Any]:
    """The body of a step's request."""
    match step.kind:
        case "comment":
            return {"body": f"Word: {token}", "visibility": step.detail}
        case "priority":
            return {"priority": step.detail, "reason": token}
        case "resolve":
            return {"solution": f"Solved: {token}"}
        case "question":
            return {"body": f"Question: {token}"}
        case "wait":
            return {"for": "supplier", "reference": token}
        case "agree":
            ahead = timedelta(seconds=float(step.detail))
            return {"due_at": (clock() + ahead).isoformat(), "agreed_by": token}
        case "review-complete":
            return {"root_cause": f"Cause: {token}"}
        case "reopen":
            return {"reason": f"Again: {token}"}
        case "survey":
            return {"score": 4, "comment": token}
        case _:
            return {}
