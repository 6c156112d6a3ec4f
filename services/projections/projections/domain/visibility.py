"""Which of what happened the customer sees, as the published language says it, and which fields of it.

The fields are this service's own still: it leaves the id of a person in support out, where the language tells
the side in its place.
"""

from collections.abc import Mapping
from typing import Any

from shared.events.visibility import visibility

__all__ = ["for_customer", "visibility"]

_SUPPORTS_OWN: Mapping[str, frozenset[str]] = {
    # What an incident once was decides whether it is reviewed, and reviews are support's own.
    "/intake": frozenset({"service_manager", "highest_priority"}),
    "/escalation": frozenset({"team", "cause", "cause_id", "assignee", "by", "reason"}),
    # Whose address it was is nobody's business among the customer's colleagues.
    "/notifier": frozenset({"address", "reason"}),
}


_CONTRACT_SHOWN = ("id", "policy", "timezone", "locale")


def for_customer(source: str, data: dict[str, Any]) -> dict[str, Any]:
    """`data` of a public entry without support's own organisation: the line may be told, but no team, cause
    or person. Of a person in support only that it was one is left, of a contract not how support runs it."""
    hidden = _SUPPORTS_OWN.get(source, frozenset())
    shown = {name: _unnamed(value) for name, value in data.items() if name not in hidden}
    if isinstance(contract := shown.get("contract"), dict):
        shown["contract"] = {name: contract[name] for name in _CONTRACT_SHOWN if name in contract}
    return shown


def _unnamed(value: Any) -> Any:
    if isinstance(value, dict) and value.get("party") == "support":
        return {name: part for name, part in value.items() if name != "id"}
    return value
