"""Readers who follow along, woken by commits that concern their tenant."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from shared.eventstore.database import ALL_TENANTS


class Bells:
    """Who follows which tenant's tickets, in this process."""

    def __init__(self) -> None:
        self._hearing: dict[str, set[asyncio.Event]] = {}

    def ring(self, tenants: Iterable[str]) -> None:
        """Wake whoever follows `tenants`; called after each batch's commit."""
        for tenant in {*tenants, ALL_TENANTS}:
            for rung in self._hearing.get(tenant, ()):
                rung.set()

    @property
    def listeners(self) -> int:
        """How many follow."""
        return sum(map(len, self._hearing.values()))

    def listeners_of(self, tenant: str) -> int:
        """How many of them follow `tenant`'s tickets and no others."""
        return len(self._hearing.get(tenant, ()))

    @contextmanager
    def hearing(self, tenant: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something of `tenant` was committed here."""
        rung = asyncio.Event()
        hearing = self._hearing.setdefault(tenant, set())
        hearing.add(rung)
        try:
            yield rung
        finally:
            hearing.discard(rung)
            if not hearing:
                del self._hearing[tenant]
