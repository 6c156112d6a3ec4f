"""Reading one's own writes: wait, within a bound, for what is on its way."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

from shared.errors import NotFound, Rejected
from shared.events.ids import made_within

T = TypeVar("T")
BOUND = 2.0
"""Seconds that a read waits at most."""

YOUNG = timedelta(seconds=10)
"""An unknown id made longer ago than this is simply unknown."""

_FIRST_PAUSE = 0.005
_LONGEST_PAUSE = 0.1
SOURCES = ("intake", "sla-engine", "escalation", "notifier")
_VERSION = re.compile(r"(?:(?P<source>[a-z-]{1,20}):)?(?P<version>0|[1-9]\d{0,8})", re.ASCII)


async def await_young(identifier: UUID, probe: Callable[[], Awaitable[T]], bound: float = BOUND) -> T:
    """What `probe` gives. Its NotFound is believed at once for an old id, and for a young one after `bound`.

    Ids carry the clock of the process that made them; so an id's age is read off this process's clock.
    """
    try:
        return await probe()
    except NotFound:
        if not made_within(identifier, YOUNG, datetime.now(UTC)):
            raise

    async def known() -> T | NotFound:
        try:
            return await probe()
        except NotFound as refusal:
            return refusal

    answer = await await_until(known, lambda found: not isinstance(found, NotFound), bound)
    if isinstance(answer, NotFound):
        raise answer
    return answer


async def await_until(
    probe: Callable[[], Awaitable[T]], enough: Callable[[T], bool], bound: float = BOUND
) -> T:
    """The first answer of `probe` that is `enough`, or the last within `bound` seconds.

    It asks at once, then after ever longer short pauses: a read must not lean on being told.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + bound
    pause = _FIRST_PAUSE
    while True:
        answer = await probe()
        left = end - loop.time()
        if left <= 0 or enough(answer):
            return answer
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 2, _LONGEST_PAUSE)


def parse_min_version(text: str | None) -> Mapping[str, int]:
    """`intake:7,escalation:3` as versions by source; a bare number means intake. Raises Rejected."""
    if not text:
        return {}
    wanted: dict[str, int] = {}
    for part in text.split(",", len(SOURCES)):
        found = _VERSION.fullmatch(part.strip())
        source = (found["source"] or "intake") if found else ""
        if found is None or source not in SOURCES or source in wanted:
            raise Rejected(
                "invalid-min-version",
                "Give versions such as intake:7,escalation:3 (a bare number means intake), each source once.",
                "/min_version",
            )
        wanted[source] = int(found["version"])
    return wanted


def reached(versions: Mapping[str, int], wanted: Mapping[str, int]) -> bool:
    """Whether `versions` (by source, absent: 0) are at least those `wanted`."""
    return all(versions.get(source, 0) >= version for source, version in wanted.items())
