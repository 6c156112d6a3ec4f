"""Old versions of event types, lifted to the newest before anyone folds them.

An upcaster is a pure step from one version's JSON to the next one's; old events are never rewritten.
"""

from collections.abc import Callable

Upcaster = Callable[[bytes], tuple[str, bytes]]

UPCASTERS: dict[str, Upcaster] = {}


def upcast(name: str, data: bytes) -> tuple[str, bytes]:
    """`data` of type `name` lifted step by step until no upcaster is left."""
    while (step := UPCASTERS.get(name)) is not None:
        name, data = step(data)
    return name, data
