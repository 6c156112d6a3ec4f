"""What is known of a ticket's routing: facts heard from others, and what this service has said itself.

Facts may come in any order between sources: each is kept with its instant, and the line is a fold over those
instants (`timeline`), never over the order of arrival. Stored states are read by later versions of this
code, so fields keep their names and new ones have defaults.
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from shared.events.people import Actor
from shared.events.sla import DeadlineKind
from shared.events.ticket import Category, ContractTerms, Priority

Life = Literal["resolved", "closed", "reopened"]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket's registration, and the contract as it stood then."""

    event: UUID
    at: datetime
    contract: ContractTerms


class ContractHeld(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on another contract governs the ticket, and its last line with it."""

    event: UUID
    at: datetime
    contract: ContractTerms


class PriorityHeld(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on the ticket had this priority. `by_support`: a person in support set or confirmed it."""

    event: UUID
    at: datetime
    priority: Priority
    by_support: bool = False


class CategoryHeld(msgspec.Struct, frozen=True, kw_only=True):
    """From `at` on the ticket was of this category."""

    event: UUID
    at: datetime
    category: Category


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """The ticket ended, or went on, at `at`."""

    event: UUID
    at: datetime
    life: Life


class Breach(msgspec.Struct, frozen=True, kw_only=True):
    """A deadline passed unmet at `due_at`; that counts from `since`, which is later where a change began the
    deadline after it was due (R12). Stored states know the field by its first name."""

    event: UUID
    deadline_id: str
    kind: DeadlineKind
    due_at: datetime
    since: datetime = msgspec.field(name="detected_at")
    again: bool = False
    """Whether the deadline had been breached before, which was retracted: it went on, and passed anew."""

    @property
    def key(self) -> str:
        """What tells it from the other breaches of its deadline; the first has the deadline's own id."""
        return f"{self.deadline_id}/{self.event}" if self.again else self.deadline_id


class Hand(msgspec.Struct, frozen=True, kw_only=True):
    """What a person did, in the order of this service's own stream.

    `line` is None where the line was left as it was; `assigns`: the person also named an assignee, or nobody.
    `assignee` is a person's id, as in `Actor`; never a name.
    """

    at: datetime
    by: Actor
    line: int | None = None
    assigns: bool = False
    assignee: str | None = None


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """A person in support took the matter on, by word or deed: whoever is on call need not."""

    at: datetime
    by: Actor


class OpenAlert(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on call has been alerted, and nobody has taken it on yet. `reason`: the priority."""

    alert_id: str
    team: str
    level: int
    attempt: int
    reason: str


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """One ticket. `line` is 0 until it has been routed; `weighed` names causes that have had their effect,
    and `alerted` alerts that have gone out, or never will. `ended_at`: the first end, as states told it
    before tickets could be reopened. `retracted`: keys of breaches that never were, as `retractions`, the
    events heard, said. `outside_hours`: facts of intake upon which clocks began outside
    support hours. `acted`: the last deed by which a person in support took the matter on.
    """

    opening: Opening | None = None
    contracts: tuple[ContractHeld, ...] = ()
    priorities: tuple[PriorityHeld, ...] = ()
    categories: tuple[CategoryHeld, ...] = ()
    ended_at: datetime | None = None
    turns: tuple[Turn, ...] = ()
    breaches: tuple[Breach, ...] = ()
    retracted: tuple[str, ...] = ()
    retractions: tuple[UUID, ...] = ()
    outside_hours: tuple[UUID, ...] = ()
    acted: Act | None = None
    line: int = 0
    team: str = ""
    assignee: str | None = None
    hands: tuple[Hand, ...] = ()
    weighed: tuple[str, ...] = ()
    alerted: tuple[str, ...] = ()
    open_alerts: tuple[OpenAlert, ...] = ()


def contract_at(routing: Routing, opening: Opening, instant: datetime | None = None) -> ContractTerms:
    """The contract that governed the ticket at `instant`; today's without one."""
    held = [known.contract for known in routing.contracts if instant is None or known.at <= instant]
    return held[-1] if held else opening.contract


def status(routing: Routing) -> Life | None:
    """How the ticket's life last turned; None while it never has."""
    if routing.turns:
        return routing.turns[-1].life
    return None if routing.ended_at is None else "closed"


def active_at(routing: Routing, instant: datetime) -> bool:
    """Whether the ticket had not ended by `instant`; at the very instant of its end it had (R17)."""
    active = routing.ended_at is None or instant < routing.ended_at
    for turn in routing.turns:
        if turn.at <= instant:
            active = turn.life == "reopened"
    return active


def priority_at(routing: Routing, instant: datetime) -> Priority | None:
    """The priority that the ticket had."""
    held = [known.priority for known in routing.priorities if known.at <= instant]
    return held[-1] if held else None
