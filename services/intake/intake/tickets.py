"""What intake does with a request: load, decide, append, one way for every command."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from intake.directory import Directory
from intake.domain import decisions, opening
from intake.domain.commands import ChangeContract, Close, Command, Merge, Split
from intake.domain.customers import NotEntitled
from intake.domain.ticket import Ticket, fold
from intake.numbers import TicketNumbers, written
from intake.opening import Order
from shared.errors import NotFound, Rejected
from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.events.people import Actor
from shared.events.ticket import TicketEvent
from shared.eventstore import commands
from shared.eventstore.commands import Beside, Committed
from shared.eventstore.database import ALL_TENANTS, Database
from shared.eventstore.group_commit import GroupCommitter
from shared.eventstore.idempotency import Key
from shared.eventstore.store import EventStore


@dataclass(frozen=True, slots=True)
class Asked:
    """What surrounds a command: whose tickets the caller may touch, and how it may be repeated."""

    tenant: str
    key: Key | None = None
    expected: int | None = None
    traceparent: str | None = None


class Tickets:
    """The application: commands in, committed tickets out."""

    def __init__(
        self,
        database: Database,
        store: EventStore,
        commits: GroupCommitter[Ticket],
        numbers: TicketNumbers,
        directory: Directory,
    ) -> None:
        self._database = database
        self._store = store
        self._commits = commits
        self._numbers = numbers
        self._directory = directory

    async def open(self, order: Order, request: Asked) -> Committed[Ticket]:
        """Register a new ticket of the customer, on the terms that hold then. Raises Rejected."""
        number = await self._numbers.take()

        async def attempt() -> Committed[Ticket]:
            customer = self._directory.customer(order.customer)

            def decide(_: Ticket | None, now: datetime) -> Sequence[TicketEvent]:
                terms, service_manager = self._directory.terms(customer, order.contract, now)
                command = order.under(terms, service_manager)
                return opening.open_ticket(command, written(number, now, terms.timezone), now)

            return await self._commits.submit(
                commands.Command(
                    stream=new_id(),
                    tenant=customer.id,
                    opens=True,
                    decide=decide,
                    key=request.key,
                    traceparent=request.traceparent,
                )
            )

        return await self._surely(order.customer, attempt)

    async def act(
        self, ticket_id: UUID, command: Command, request: Asked, beside: Beside[Ticket] | None = None
    ) -> Committed[Ticket]:
        """Carry out `command` on a ticket. Raises NotFound, Rejected, Conflict, Stale."""
        if request.tenant != ALL_TENANTS:
            await self._must_be_seen(ticket_id, request.tenant)

        def decide(ticket: Ticket | None, now: datetime) -> Sequence[TicketEvent]:
            return decisions.decide(command, _known(ticket), now)

        return await self._decided(ticket_id, decide, request, beside)

    async def close(self, ticket_id: UUID, by: Actor, request: Asked) -> Committed[Ticket]:
        """Close a ticket; the review that this may bring is its customer's service manager's of this time."""

        def decide(ticket: Ticket | None, now: datetime) -> Sequence[TicketEvent]:
            known = _known(ticket)
            manager = self._directory.service_manager(known.customer, known.contract.id)
            return decisions.decide(Close(by, manager), known, now)

        return await self._decided(ticket_id, decide, request)

    async def merge(self, source: UUID, target: UUID, by: Actor, request: Asked) -> Committed[Ticket]:
        """Close `source`, which goes on in `target`: both streams change, or neither."""
        if source == target:
            raise Rejected("merge-into-itself", "Name another ticket to merge into.", "/into")
        try:
            # Its number never changes, so it may be read before the transaction.
            number = fold(await self.history(target, request.tenant)).number
        except NotFound as error:
            raise Rejected("unknown-target", "There is no such ticket to merge into.", "/into") from error
        command = Merge(source, target, number, by)

        def receive(merged: Ticket, receiving: Ticket | None, now: datetime) -> list[TicketEvent]:
            return decisions.receive_merged(command, merged, receiving, now)

        return await self.act(source, command, request, Beside(target, receive))

    async def split(self, ticket_id: UUID, command: Split, request: Asked) -> Committed[Ticket]:
        """Make part of the matter a ticket of its own; both streams change, or neither."""
        number = await self._numbers.take()

        def numbered(ticket: Ticket, now: datetime) -> Split:
            return replace(command, number=written(number, now, ticket.contract.timezone))

        return await self._decided(
            ticket_id,
            lambda ticket, now: decisions.decide(numbered(_known(ticket), now), _known(ticket), now),
            request,
            Beside(
                command.into,
                lambda ticket, _, now: opening.open_split(numbered(ticket, now), ticket, now),
                opens=True,
            ),
        )

    async def change_contract(
        self, ticket_id: UUID, contract: str, by: Actor, request: Asked
    ) -> Committed[Ticket]:
        """Lay the ticket under another of its customer's contracts."""
        customer_id = (await self.history(ticket_id, request.tenant))[0].tenant

        async def attempt() -> Committed[Ticket]:
            customer = self._directory.customer(customer_id)

            def decide(ticket: Ticket | None, now: datetime) -> Sequence[TicketEvent]:
                terms, manager = self._directory.terms(customer, contract, now)
                return decisions.decide(ChangeContract(terms, by, manager), _known(ticket), now)

            return await self._decided(ticket_id, decide, request)

        return await self._surely(customer_id, attempt)

    async def history(self, ticket_id: UUID, tenant: str) -> list[Recorded]:
        """The ticket's own events. Raises NotFound when there is none that `tenant` may see."""
        history = await self._store.read(ticket_id, tenant)
        if not history or tenant not in ("*", history[0].tenant):
            raise NotFound("not-found", "There is no such ticket.")
        return history

    async def _must_be_seen(self, ticket_id: UUID, tenant: str) -> None:
        """Raises NotFound unless a reader of `tenant` sees the ticket.

        Batches of commands are written by a role that sees every row, where only the command's own tenant
        stands between customers; this read lets the rows' policy stand there too.
        """
        async with self._database.reading(tenant) as connection:
            seen = "SELECT true FROM events WHERE stream_id = $1 AND version = 1 AND $2 IN (tenant, '*')"
            if not await connection.fetchval(seen, ticket_id, tenant):
                raise NotFound("not-found", "There is no such ticket.")

    async def by_external_ref(self, reference: str, tenant: str, limit: int) -> list[Ticket]:
        """The tickets that carry the caller's own reference, newest first."""
        async with self._database.reading(tenant) as connection:
            rows = await connection.fetch(
                "SELECT stream_id FROM external_refs WHERE reference = $1 AND ($2 = '*' OR tenant = $2)"
                " ORDER BY stream_id DESC LIMIT $3",
                reference,
                tenant,
                limit,
            )
        return [fold(await self.history(row["stream_id"], tenant)) for row in rows]

    async def _decided(
        self,
        ticket_id: UUID,
        decide: commands.Decide[Ticket],
        request: Asked,
        beside: Beside[Ticket] | None = None,
    ) -> Committed[Ticket]:
        return await self._commits.submit(
            commands.Command(
                stream=ticket_id,
                tenant=request.tenant,
                decide=decide,
                key=request.key,
                expected=request.expected,
                traceparent=request.traceparent,
                beside=beside,
            )
        )

    async def _surely(
        self, customer_id: str, attempt: Callable[[], Awaitable[Committed[Ticket]]]
    ) -> Committed[Ticket]:
        """Refuse nobody for what another instance has just granted: look it up, and decide once more."""
        try:
            return await attempt()
        except NotEntitled:
            if not await self._directory.look_up(customer_id):
                raise
        return await attempt()


def _known(ticket: Ticket | None) -> Ticket:
    if ticket is None:
        raise NotFound("not-found", "There is no such ticket.")
    return ticket
