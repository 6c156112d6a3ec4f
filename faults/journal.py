"""What the clients know: every write that they tried, and what they were answered."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Kind = Literal[
    "open",
    "comment",
    "priority",
    "work",
    "question",
    "wait",
    "agree",
    "resolve",
    "close-request",
    "close",
    "reopen",
    "survey",
    "review-complete",
]
Outcome = Literal["acknowledged", "refused", "unknown"]


def clock() -> datetime:
    """The clients' own clock: for outages and reports, never for what is due."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `status` 0: no answer came. `clean`: a 2xx, or a problem document (a 503 with Retry-After)."""

    began: datetime
    seconds: float
    status: int
    clean: bool
    problem: str = ""


@dataclass(slots=True)
class Write:
    """One intended change under one Idempotency-Key, however often it was sent.

    `token` stands in the text that was written, so that the event can be told from every other.
    `answer` is the body of the 2xx; `again` that of a deliberate repetition with the same key.
    """

    kind: Kind
    token: str
    customer: str
    body: dict[str, Any]
    ticket: str | None
    outcome: Outcome = "unknown"
    version: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    again: dict[str, Any] | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        """Whether a client holds a 2xx for it."""
        return self.outcome == "acknowledged"


class Journal:
    """Writes in the order in which they were begun."""

    def __init__(self) -> None:
        self.writes: list[Write] = []

    def acknowledged(self) -> list[Write]:
        """Those that were answered 2xx."""
        return [write for write in self.writes if write.acknowledged]

    def save(self, file: Path) -> None:
        """As JSON lines."""
        with file.open("w") as out:
            out.writelines(json.dumps(asdict(write), default=str) + "\n" for write in self.writes)
