"""What planting needs."""

import itertools
from collections.abc import Callable
from typing import Any


def every(n: int) -> Callable[[], bool]:
    """A question that is answered with yes each `n`-th time."""
    count = itertools.count(1)
    return lambda: next(count) % n == 0


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Replace `owner.name` by `around`, which gets the original first."""
    original = getattr(owner, name)

    def replaced(*arguments: Any, **named: Any) -> Any:
        return around(original, *arguments, **named)

    setattr(owner, name, replaced)
