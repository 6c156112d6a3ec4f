"""Ways in which reviews are forgotten."""

# ruff: noqa: PLC0415 - a bug loads only the service that has it, and the checker none

from typing import Any

from faults.bugs.patching import wrap


def forgets_reviews() -> None:
    """Closes what was urgent without a review."""
    from intake.domain import reviewing

    def open_review(_: Any, *arguments: Any) -> list[Any]:
        return []

    wrap(reviewing, "open_review", open_review)


def tells_no_owner() -> None:
    """Leaves whoever owns a review without a word of it."""
    from notifier.domain import notices

    def notices_of_review(_: Any, told: Any) -> list[Any]:
        return []

    wrap(notices, "notices_of_review", notices_of_review)
