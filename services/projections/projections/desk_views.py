"""What the overviews and the report answer, for their published description."""

from typing import Any

from pydantic import BaseModel, Field, model_validator

from projections.reports import GroupBy
from projections.views import MaybeInstant, without_empty
from shared.events.sla import Commitment, DeadlineKind
from shared.events.ticket import Priority


class Queue(BaseModel):
    """Live tickets of one line, team and priority; null where there is none yet."""

    line: int | None
    team: str | None
    priority: Priority | None
    tickets: int
    breached: int
    unassigned: int
    waiting_for_customer: int
    waiting_for_supplier: int
    due_soon: int = Field(description="Whose next running deadline falls due within 24 hours")


class Queues(BaseModel):
    """All of them."""

    items: list[Queue]


class Overview(BaseModel):
    """A customer's live tickets, counted."""

    customer: str
    open: int = Field(description="Neither resolved nor closed")
    open_by_priority: dict[str, int] = Field(description="P1 to P4, and `none`")
    breached: int
    waiting_for_customer: int
    waiting_for_supplier: int
    due_soon: int = Field(description="Whose next running deadline falls due within 24 hours")


class Overviews(BaseModel):
    """One per customer that has live tickets."""

    items: list[Overview]


class ReportQuery(BaseModel):
    """The period in which deadlines fell due, and how to group them."""

    begin: MaybeInstant = Field(None, alias="from", description="Included")
    end: MaybeInstant = Field(None, alias="to", description="Not included")
    customer: list[str] = []
    group_by: GroupBy = Field(
        "all", description="`priority` and `line` as the ticket has them now; `month` is the contract's own"
    )

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, given: Any) -> Any:
        return without_empty(given)


class Attainment(BaseModel):
    """How one kind of deadline was kept. `attainment` is met / total; null where nothing has ended so."""

    group: str
    kind: DeadlineKind
    commitment: Commitment
    total: int
    met: int
    breached: int
    met_late: int
    retracted: int
    attainment: float | None
    met_reopened: int = Field(description="Of `met`: solutions reopened within ten working days")


class Report(BaseModel):
    """Promises and aims apart."""

    items: list[Attainment]
