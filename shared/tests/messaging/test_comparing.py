"""Comparing with the owners' feeds, one owner being away."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast

from shared.errors import Transient
from shared.events.ids import new_id
from shared.messaging.repair import Repair
from shared.testing.waiting import eventually

NOW = datetime(2026, 3, 27, 15, 30, tzinfo=UTC)


class Stub:
    """Database, progress and folding in one; `/escalation` does not answer."""

    def __init__(self) -> None:
        self.compared: Counter[str] = Counter()

    async def now(self) -> datetime:
        return NOW

    async def oldest(self) -> None:
        return None

    async def changed(self, source: str, ours: Callable[[], Collection[int]], since: datetime) -> None:
        self.compared[source] += 1
        if source == "/escalation":
            raise Transient("feed-unavailable", "away")


async def test_an_owner_that_is_away_neither_holds_up_the_others_nor_has_them_read_again() -> None:
    stub = cast(Any, Stub())
    sources = ["/escalation", "/intake"]
    repair = Repair(stub, sources, stub, stub, stub, stub, lambda: [])
    comparing = [asyncio.create_task(repair._comparing(source)) for source in sources]

    async def once() -> bool:
        return bool(stub.compared["/intake"] == 1 and stub.compared["/escalation"])

    await eventually(once, what="one comparison with each")
    repair.compare_soon()
    await eventually(lambda: _twice(stub), what="another comparison with intake")
    for task in comparing:
        task.cancel()


async def _twice(stub: Any) -> bool:
    return bool(stub.compared["/intake"] == 2)


def test_a_gap_that_the_feed_does_not_fill_is_asked_for_ever_more_seldom_until_another_gap_shows() -> None:
    stub = cast(Any, Stub())
    repair = Repair(stub, ["/intake"], stub, stub, stub, stub, lambda: [])
    ticket = new_id()

    def may(second: int, before: int = 3) -> bool:
        return repair._may_pull("/intake", ticket, before, NOW + timedelta(seconds=second))

    asked = [second for second in range(7200) if may(second)]
    assert asked[:5] == [0, 1, 3, 7, 15]
    assert {later - earlier for earlier, later in pairwise(asked[8:])} == {60}
    assert may(7200, before=7)
