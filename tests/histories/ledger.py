"""notifier as it decides, without a database: who is told of what, as its handler enters it."""

from uuid import UUID

from notifier.domain.notice import Notice
from notifier.domain.notices import notices_of
from notifier.domain.recipients import address_of, person_at
from notifier.domain.ticket import Ticket, observe
from notifier.subscriptions import SUBSCRIBED
from shared.events.envelope import Recorded
from tests.histories.scene import ADDRESSES

Row = tuple[UUID, str]
"""An event, and the kind of recipient that is told of it."""


class Ledger:
    """One ticket's. `rows`: the notice, and where it goes."""

    def __init__(self) -> None:
        self.ticket = Ticket()
        self.rows: dict[Row, tuple[Notice, str]] = {}
        self._waiting: list[tuple[UUID, Notice]] = []
        self._told: set[tuple[UUID, str]] = set()

    def hear(self, fact: Recorded) -> list[tuple[Row, Notice, str]]:
        """The rows that are new."""
        if type(fact.data) not in SUBSCRIBED:
            return []
        before, self.ticket = self.ticket, observe(self.ticket, fact)
        told = [(fact.id, notice) for notice in notices_of(fact, before)]
        if self.ticket.is_known:
            told, self._waiting = self._waiting + told, []
            return [row for each in told for row in self._enter(*each)]
        self._waiting += told
        return []

    def _enter(self, event: UUID, notice: Notice) -> list[tuple[Row, Notice, str]]:
        address = address_of(notice, self.ticket, ADDRESSES)
        if (
            address is None
            or (event, person_at(address)) in self._told
            or (event, notice.recipient) in self.rows
        ):
            return []
        self._told.add((event, person_at(address)))
        self.rows[event, notice.recipient] = notice, address
        return [((event, notice.recipient), notice, address)]
