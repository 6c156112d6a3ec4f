"""A ticket's full documentation, as the customer gets it on request: what was wrong, what was said and done,
when and by whom, the solution, how the clocks were kept, and who held it.

It is made of the ticket as its reader may see it, and so holds nothing else.
"""

from collections.abc import Collection
from typing import Any

_WORDS = ("CommentAdded", "CustomerQuestioned")
_NEWS_TO_CUSTOMERS = ("NotificationSent", "NotificationFailed", "NotificationHeld")
_FAULT = ("subject", "description", "reporter", "type", "category", "priority", "channel")
_STANDING = (
    "id", "number", "customer", "contract", "status", "external_ref", "registered_at", "reported_at",
    "updated_at", "expected_at", "agreed_due_at", "split_from", "merged_into", "survey_score",
)  # fmt: skip


def record(ticket: dict[str, Any]) -> dict[str, Any]:
    """The documentation of `ticket`, which has its timeline, deadlines and routing."""
    timeline = ticket["timeline"]
    return {
        "ticket": {name: ticket[name] for name in _STANDING},
        "fault": {name: ticket[name] for name in _FAULT},
        "conversation": [_word(entry) for entry in _of(timeline, _WORDS)],
        "measures": [
            _measure(entry)
            for entry in timeline
            if entry["source"] == "intake" and _name(entry) not in (*_WORDS, "TicketOpened")
        ],
        "solutions": [_solution(entry) for entry in _of(timeline, ("TicketResolved",))],
        "deadlines": ticket["deadlines"],
        "routing": {
            **ticket["routing"],
            "history": [_measure(entry) for entry in timeline if entry["source"] == "escalation"],
        },
        "told": [_measure(entry) for entry in _of(timeline, _NEWS_TO_CUSTOMERS)],
        **({"review": ticket["review"]} if "review" in ticket else {}),
        "timeline": timeline,
        "versions": ticket["versions"],
    }


def _of(timeline: Collection[dict[str, Any]], names: Collection[str]) -> list[dict[str, Any]]:
    return [entry for entry in timeline if _name(entry) in names]


def _name(entry: dict[str, Any]) -> str:
    name: str = entry["type"].partition(".")[0]
    return name


def _word(entry: dict[str, Any]) -> dict[str, Any]:
    data = entry["data"]
    return {
        "at": entry["time"],
        "by": data["by"],
        "what": _name(entry),
        "visibility": entry["visibility"],
        "body": data.get("body", ""),
    }


def _measure(entry: dict[str, Any]) -> dict[str, Any]:
    data = {name: value for name, value in entry["data"].items() if name != "by"}
    return {"at": entry["time"], "by": entry["data"].get("by"), "what": _name(entry), "data": data}


def _solution(entry: dict[str, Any]) -> dict[str, Any]:
    data = entry["data"]
    said = {name: data.get(name, "") for name in ("solution", "cause")}
    return {"at": entry["time"], "by": data["by"], **said, "workaround": data.get("workaround", False)}
