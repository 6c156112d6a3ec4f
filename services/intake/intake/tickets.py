"""What intake does with a request: load, decide, append, one way for every command."""

from dataclasses import dataclass
from uuid import UUID

from intake.directory import Directory
from intake.domain import decisions
from intake.domain.commands import Command, OpenTicket
from intake.domain.ticket import Ticket, fold
from intake.numbers import TicketNumbers, written
from shared.errors import NotFound
from shared.events.envelope import Recorded
from shared.events.ids import new_id
from shared.eventstore import commands
from shared.eventstore.commands import Committed
from shared.eventstore.database import Database
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
        self.directory = directory

    async def open(self, command: OpenTicket, request: Asked) -> Committed[Ticket]:
        """Register a new ticket of the customer. Raises Rejected."""
        number = await self._numbers.take()
        return await self._commits.submit(
            commands.Command(
                stream=new_id(),
                tenant=command.customer,
                opens=True,
                decide=lambda _, now: decisions.open_ticket(
                    command, written(number, now, command.contract.timezone), now
                ),
                key=request.key,
                traceparent=request.traceparent,
            )
        )

    async def act(self, ticket_id: UUID, command: Command, request: Asked) -> Committed[Ticket]:
        """Carry out `command` on a ticket. Raises NotFound, Rejected, Conflict, Stale."""
        return await self._commits.submit(
            commands.Command(
                stream=ticket_id,
                tenant=request.tenant,
                decide=lambda ticket, now: decisions.decide(command, _known(ticket), now),
                key=request.key,
                expected=request.expected,
                traceparent=request.traceparent,
            )
        )

    async def history(self, ticket_id: UUID, tenant: str) -> list[Recorded]:
        """The ticket's own events. Raises NotFound when there is none that `tenant` may see."""
        history = await self._store.read(ticket_id, tenant)
        if not history or tenant not in ("*", history[0].tenant):
            raise NotFound("not-found", "There is no such ticket.")
        return history

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


def _known(ticket: Ticket | None) -> Ticket:
    if ticket is None:
        raise NotFound("not-found", "There is no such ticket.")
    return ticket
