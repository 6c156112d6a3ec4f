"""Many lives at once, for tests that write: one for each seed, so that a failure names the one to look at."""

from random import Random
from uuid import UUID

import msgspec
from hypothesis import settings

from tests.histories.life import History, play
from tests.histories.plans import plan_of

THOROUGH = settings.default is not None and settings.default.max_examples >= 1000
TICKETS = 1000 if THOROUGH else 30


def histories(count: int) -> list[History]:
    """One for each seed from 0 on, of two customers."""
    return [_of_tenant(play(plan_of(Random(seed)), _ticket(seed)), seed) for seed in range(count)]


def _ticket(seed: int) -> UUID:
    return UUID(int=(0x01900000_0000_7000_8000 << 48) + seed)


def _of_tenant(history: History, seed: int) -> History:
    if seed % 3:
        return history
    moved = (tuple(msgspec.structs.replace(e, tenant="region") for e in source) for source in history.sources)
    return History(history.ticket, *moved, history.ends)
