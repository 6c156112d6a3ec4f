"""What a customer has for the matrix to ask about, each with words that nobody else's has."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

from tests.integration.system.tenants.operations import Operation


class Ticket(NamedTuple):
    id: str
    number: str


class Hook(NamedTuple):
    """A webhook, and a delivery in its log."""

    id: str
    delivery: str


@dataclass
class Things:
    """One customer's. `marks`: texts that stand in what is its own only; `internal`: those that are support's
    own beside them. `tickets` and `hooks` by the operation that changes them, the others under "read".

    `spare`: a contract that is not in force for decades, for what changes contracts and entitlements.
    """

    customer: str
    contract: str
    alert: str
    stream_from: str = ""
    marks: set[str] = field(default_factory=set)
    internal: set[str] = field(default_factory=set)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    hooks: dict[str, Hook] = field(default_factory=dict)
    external_ref: str = ""
    name: str = ""
    spare: str = ""
    person: str = ""
    receiver: str = ""
    word: str = field(init=False)
    internal_word: str = field(init=False)

    def __post_init__(self) -> None:
        self.word, self.internal_word = self.mark(), self.mark(internal=True)

    def mark(self, *, internal: bool = False) -> str:
        """A new word, for what is the customer's or, `internal`, support's own beside it."""
        mark = f"{'i' if internal else ''}{self.customer[0]}{uuid4().hex}"
        (self.internal if internal else self.marks).add(mark)
        return mark

    def values(self, operation: Operation) -> dict[str, str]:
        """What fills the braces of the operation's examples, the parameters of its path included."""
        ticket = self.tickets.get(operation.name) or self.tickets["read"]
        hook = self.hooks.get(operation.name) or self.hooks["read"]
        return {
            "ticket_id": ticket.id,
            "ticket": ticket.id,
            "other_ticket": self.tickets["other"].id,
            "customer": self.customer,
            "contract": self.spare if operation.on_spare else self.contract,
            "spare": self.spare,
            "other_contract": "hubs",
            "next_month": (datetime.now(UTC) + timedelta(days=31)).isoformat(),
            "alert_id": self.alert,
            "external_ref": self.external_ref,
            "customer_name": self.name,
            "person": self.person,
            "word": self.word,
            "internal": self.internal_word,
            "webhook_id": hook.id,
            "delivery_id": hook.delivery,
            "receiver": self.receiver,
        }


def bearer(customer: str) -> dict[str, str]:
    """As the customer's client system."""
    return {"Authorization": f"Bearer matrix-client-{customer}"}
