"""What somebody may try to do to a ticket, drawn at random: plain numbers, so that a failure shrinks."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import NamedTuple
from uuid import UUID

from hypothesis import strategies as st

from escalation.domain import hands
from intake.domain import commands
from intake.domain.ticket import Ticket
from shared.events.people import Actor
from tests.histories.scene import ADA, AGENTS, CONTRACTS, CUSTOMER, MANAGER, OTHER, SERVICE_MANAGERS, YLVA

Act = Callable[[Ticket, int], commands.Command | hands.Command | None]
AGENT = AGENTS[0]
CATEGORIES = ("application", "installation", "integration", "defect", "order", "question")


def _word(ticket: Ticket, number: int) -> commands.Command:
    promised = ticket.updated_at + timedelta(hours=number) if number > 6 else None
    return commands.AddComment(f"c{number}", "Vi återkommer.", "public", _who(number), promised)


def _who(number: int) -> Actor:
    return AGENTS[number % len(AGENTS)]


def _either(number: int) -> Actor:
    return CUSTOMER if number % 2 else MANAGER


def _prioritise(_: Ticket, number: int) -> commands.Command:
    basis = "worsened" if number > 4 else "correction"
    return commands.Prioritise(f"P{number % 4 + 1}", basis, "", _who(number))  # type: ignore[arg-type]


def _assign(_: Ticket, number: int) -> hands.Command:
    return hands.Assign(
        _who(number), (None, "asa", "bo", "lin")[number % 4], (None, None, 1, 2)[number // 2 % 4]
    )


ACTS: dict[str, Act | None] = {
    "nothing": None,
    "word": _word,
    "note": lambda _, n: commands.AddComment(f"n{n}", f"Konstigt {n}.", "internal", _who(n)),
    "customer's word": lambda _, n: commands.AddComment(f"k{n}", f"Fortfarande {n}.", "public", CUSTOMER),
    "priority": _prioritise,
    "category": lambda _, n: commands.Categorise(CATEGORIES[n % 6], _who(n)),  # type: ignore[arg-type]
    "work": lambda _, n: commands.StartWork(_who(n)),
    "question": lambda _, n: commands.AskCustomer(f"q{n}", "Vilken version?", _who(n)),
    "supplier": lambda _, n: commands.AwaitSupplier(f"D-{n}", _who(n)),
    "date": lambda t, n: commands.AgreeDate(t.updated_at + timedelta(hours=4 * n * n + 1), None, _who(n)),
    "expected": lambda t, n: commands.ExpectResolution(t.updated_at + timedelta(hours=n + 30), _who(n)),
    "resolve": lambda t, n: commands.Resolve("Omstartad.", "", n > 6 and t.priority in ("P1", "P2"), _who(n)),
    "closure": lambda _, n: commands.RequestClosure(CUSTOMER),
    "close": lambda _, n: commands.Close(_who(n), YLVA),
    "reopen": lambda _, n: commands.Reopen("Igen.", _either(n)),
    "contract": lambda _, n: commands.ChangeContract(
        CONTRACTS[n % len(CONTRACTS)], MANAGER, SERVICE_MANAGERS[n % len(SERVICE_MANAGERS)]
    ),
    "survey": lambda _, n: commands.AnswerSurvey(n % 5 + 1, "Tack.", CUSTOMER),
    "review": lambda t, n: commands.AssignReview(ADA, t.updated_at + timedelta(days=n + 1), _who(n)),
    "reviewed": lambda _, n: commands.CompleteReview("Full disk.", (), n % 5 or None, "", "", _who(n)),
    "merge": lambda t, n: commands.Merge(t.id, OTHER, "2026-000002", _who(n)) if n == 1 else None,
    "split": lambda t, n: commands.Split(t.id, UUID(int=n), f"2026-00001{n}", "Del", "En del.", _who(n)),
    "assign": _assign,
    "escalate": lambda _, n: hands.Escalate(_who(n), "Svår."),
    "return": lambda _, n: hands.Return(_who(n), "Lätt."),
}
"""What is tried: a line each. What is not legal when its turn comes is refused, and has not happened."""
NAMES = tuple(ACTS)
OFTEN = (
    *NAMES,
    *("word", "customer's word", "question", "priority", "assign", "resolve", "reopen") * 2,
    *("close", "review", "reviewed") * 2,
)
GAPS = (0, 1, 5, 20, 45, 90, 240, 600, 1440, 4320)
"""Minutes between one act and the next."""


class Step(NamedTuple):
    """`late`: bits that say which services hear nothing yet of what was done (`life.SERVICES`)."""

    gap: int
    act: str
    number: int
    late: int


class Plan(NamedTuple):
    """`begins`: minutes after the scene's start at which the ticket is registered."""

    begins: int
    contract: int
    priority: int
    category: int
    by_support: bool
    steps: tuple[Step, ...]


MOST_STEPS = 14
_numbers = st.integers(0, 8)
_steps = st.builds(
    Step, st.sampled_from(GAPS), st.sampled_from(OFTEN), _numbers, st.just(0) | st.integers(0, 7)
)


def plans() -> st.SearchStrategy[Plan]:
    """Any plan; hypothesis makes a failing one small."""
    return st.builds(
        Plan,
        st.integers(0, 14 * 1440),
        st.integers(0, len(CONTRACTS) - 1),
        st.integers(0, 4),
        st.integers(0, 6),
        st.booleans(),
        st.lists(_steps, max_size=MOST_STEPS).map(tuple),
    )


def plan_of(random: Random) -> Plan:
    """Any plan, from a seeded source: where so many are written at once that hypothesis cannot hold them."""
    steps = tuple(
        Step(
            random.choice(GAPS),
            random.choice(OFTEN),
            random.randint(0, 8),
            random.choice((0, random.randint(0, 7))),
        )
        for _ in range(random.randint(0, MOST_STEPS))
    )
    return Plan(
        random.randint(0, 14 * 1440),
        random.randrange(len(CONTRACTS)),
        random.randint(0, 4),
        random.randint(0, 6),
        random.random() < 0.3,
        steps,
    )
