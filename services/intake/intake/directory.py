"""The customers and contracts that tickets are opened by: folded, in memory, the same on every instance.

A ticket costs no look at the database for it. What another instance changes is heard of through PostgreSQL's
NOTIFY, stream by stream; after a silence in which something may have been missed, everything is read anew.
And before a ticket is refused, what it needs is read from the database.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from intake.domain.contracts import Contract
from intake.domain.customers import Customer, NotEntitled, choose
from intake.domain.persons import Person
from intake.registry import CONTRACT, CUSTOMER, Kind, Registry
from intake.roster import Roster
from shared.errors import Transient
from shared.events.people import Contact
from shared.events.ticket import ContractTerms
from shared.eventstore.database import ALL_TENANTS, Database

if TYPE_CHECKING:
    from shared.eventstore.database import Connection

CHANNEL = "intake_directory"
"""Where the database says which customer or contract has something new; see sql/0002_directory.sql."""
PROBE_EVERY = 5.0
"""Seconds between questions over the listening connection: a dead one says nothing by itself."""
PAGE = 500


class Directory:
    """What is `put` here is known; a state older than what is known changes nothing."""

    def __init__(self, database: Database, registry: Registry, roster: Roster) -> None:
        self._database = database
        self._registry = registry
        self._roster = roster
        self._customers: dict[str, Customer] = {}
        self._contracts: dict[str, Contract] = {}

    def customer(self, customer_id: str) -> Customer:
        """Raises NotEntitled for one that is unknown here."""
        found = self._customers.get(customer_id)
        if found is None:
            raise NotEntitled(
                "unknown-customer",
                f"There is no customer {customer_id!r}; an operator can register one.",
                "/customer",
            )
        return found

    def terms(
        self, customer: Customer, wanted: str | None, now: datetime
    ) -> tuple[ContractTerms, Contact | None]:
        """What governs a ticket registered `now`, and who is alerted for it. Raises NotEntitled."""
        contract = choose(customer, wanted, now)
        found = self._contracts.get(contract)
        if found is None:
            raise NotEntitled("unknown-contract", f"There is no contract {contract!r}.")
        return found.terms, customer.service_manager(contract)

    def service_manager(self, customer_id: str, contract: str) -> Contact | None:
        """Who is alerted under the contract now; None for a customer that is not known."""
        found = self._customers.get(customer_id)
        return None if found is None else found.service_manager(contract)

    def put(self, found: Customer | Contract | Person) -> None:
        """Know `found` from now on. No ticket goes by a person, so none is kept."""
        match found:
            case Customer():
                known = self._customers.get(found.id)
                if known is None or known.version < found.version:
                    self._customers[found.id] = found
            case Contract():
                held = self._contracts.get(found.terms.id)
                if held is None or held.version < found.version:
                    self._contracts[found.terms.id] = found
            case Person():
                pass

    async def look_up(self, customer_id: str) -> bool:
        """Read a customer, and the contracts that it has, from the database; whether anything was new."""
        before = self._known(customer_id)
        await self._read(CUSTOMER, [CUSTOMER.stream(customer_id)])
        if (customer := self._customers.get(customer_id)) is not None:
            await self._read(CONTRACT, [CONTRACT.stream(each) for each in customer.entitlements])
        return self._known(customer_id) != before

    async def read_all(self) -> None:
        """Read every customer and contract. Raises Transient."""
        await self._read_all(CONTRACT)
        await self._read_all(CUSTOMER)

    async def follow(self) -> None:
        """Hear, for ever, of what is changed elsewhere."""
        while True:
            with contextlib.suppress(Transient):
                async with self._database.working() as connection:
                    await self._listen(connection)
            await asyncio.sleep(1)

    async def _listen(self, connection: "Connection") -> None:
        said: asyncio.Queue[tuple[Kind[Any], UUID] | None] = asyncio.Queue()

        def hear(_connection: Any, _pid: int, _channel: str, payload: Any) -> None:
            name, stream = str(payload).split(" ")
            said.put_nowait((CONTRACT if name == CONTRACT.name else CUSTOMER, UUID(stream)))

        def end(_connection: Any) -> None:
            said.put_nowait(None)

        connection.add_termination_listener(end)
        await connection.add_listener(CHANNEL, hear)
        try:
            await self.read_all()
            while not connection.is_closed():
                try:
                    async with asyncio.timeout(PROBE_EVERY):
                        news = await said.get()
                except TimeoutError:
                    await connection.execute("SELECT 1")
                else:
                    if news is not None:
                        await self._read(news[0], [news[1]])
        finally:
            if not connection.is_closed():
                connection.remove_termination_listener(end)
                await connection.remove_listener(CHANNEL, hear)

    async def _read_all(self, kind: Kind[Any]) -> None:
        place: str | None = ""
        while place is not None:
            page = await self._roster.by_id(kind, ALL_TENANTS, place, PAGE)
            for found in page.items:
                self.put(found)
            place = page.next_place

    async def _read(self, kind: Kind[Any], streams: Sequence[UUID]) -> None:
        for found in await self._registry.read_many(kind, streams, ALL_TENANTS):
            self.put(found)

    def _known(self, customer_id: str) -> tuple[Customer | None, int]:
        return self._customers.get(customer_id), sum(each.version for each in self._contracts.values())
