"""The highest priority that a ticket has held, corrections excepted: what its review follows (R20)."""

from dataclasses import dataclass, replace

from msgspec import UNSET

from shared.events.ticket import ContractTerms, Priority, TicketMerged, TicketPrioritised

RUNS_AS: Priority = "P3"
"""What a ticket without priority is run as, where a priority is more than a wish (R9)."""


@dataclass(frozen=True, slots=True)
class Held:
    """Beside the present priority: the highest that worsened to it, and that of incidents merged into it."""

    before: Priority | None = None
    merged: Priority | None = None

    def prioritised(self, event: TicketPrioritised, terms: ContractTerms) -> "Held":
        """A correction takes the place of what it corrects, never truly held; a worsening comes beside it."""
        if event.basis == "correction":
            return self
        return replace(self, before=higher(self.before, held(event.previous, terms)))

    def received(self, event: TicketMerged) -> "Held":
        """What was merged into the ticket goes on in it."""
        found = None if event.highest_priority is UNSET else event.highest_priority
        return replace(self, merged=higher(self.merged, found))

    def highest(self, priority: Priority | None, terms: ContractTerms) -> Priority | None:
        """With the present priority; None where there was never more than a customer's wish."""
        return higher(held(priority, terms), self.before, self.merged)


NOTHING_MORE = Held()


def held(priority: Priority | None, terms: ContractTerms) -> Priority | None:
    """What a ticket of that priority truly is run as; a customer's wish is nothing held."""
    return RUNS_AS if priority is None and not terms.priority_is_wish else priority


def higher(*priorities: Priority | None) -> Priority | None:
    """The most urgent of them; none at all is the lowest."""
    return min((priority for priority in priorities if priority is not None), default=None)
