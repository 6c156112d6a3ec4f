"""The rules of webhooks: who is told what, when a delivery is tried again, and when a hook is given up."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

from notifier.subscriptions import SOURCES
from shared.events.catalogue import BY_NAME, CATALOGUE
from shared.events.visibility import may_be_public

Audience = Literal["customer", "support", "operations"]
"""On whose behalf a hook listens: `customer` is told what its customer may see, the others everything."""

AUDIENCES: Final[dict[str, tuple[Audience, ...]]] = {
    "client": ("customer",),
    "customer_admin": ("customer",),
    "manager": ("support", "customer"),
    "ops": ("operations", "support", "customer"),
    "service": ("operations", "support", "customer"),
}
"""Role → whose hooks it may see and tend; those that it makes are of the first kind."""
CARRIED: Final = tuple(entry.name for entry in CATALOGUE if entry.source in (*SOURCES, "/notifier"))
"""The types that can be subscribed to: all about tickets."""
SCHEDULE: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
"""The pauses after each failed attempt, as Standard Webhooks has them; the first attempt is made at once."""
JITTER: Final = 0.1
"""The share by which a pause is lengthened at most, so that what failed together is not back together."""
LONGEST_ASKED: Final = timedelta(hours=10)
"""How far a receiver's `Retry-After` can put off its next attempt."""
HOPELESS_AFTER: Final = timedelta(days=5)
OVERLAP: Final = timedelta(hours=24)
"""How long the old secret goes on signing beside the new one."""


class Hook(NamedTuple):
    """A subscription. `customer`: whose tickets it tells of, None for everyone's; without `types` of all."""

    id: UUID
    audience: Audience
    customer: str | None
    types: Sequence[str] | None


def wants(hook: Hook, event_type: str, tenant: str) -> bool:
    """Whether an event of `tenant` concerns the hook at all; what it may see of it is another question."""
    if hook.audience == "customer" and hook.customer is None:
        return False
    return hook.customer in (None, tenant) and (hook.types is None or event_type in hook.types)


def open_to(audience: Audience) -> Sequence[str]:
    """The types that a hook of `audience` can name."""
    if audience != "customer":
        return CARRIED
    return [name for name in CARRIED if may_be_public(BY_NAME[name].event)]


def next_pause(failures: int, jitter: float, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many failed attempts; None when there is to be no other.

    `jitter` is in [0, 1). `asked` is the receiver's `Retry-After`: it can lengthen the pause, within a bound.
    """
    if failures > len(SCHEDULE):
        return None
    pause = SCHEDULE[failures - 1]
    pause += pause * (JITTER * jitter)
    return pause if asked is None else max(pause, min(asked, LONGEST_ASKED))


def is_hopeless(failing_since: datetime | None, now: datetime) -> bool:
    """Whether nothing has gone through for so long that the hook is disabled."""
    return failing_since is not None and now - failing_since >= HOPELESS_AFTER
