"""A ticket's story as facts are heard and people act: for given/when/then."""

from typing import Any

from tests.escalation_facts import AGENT, minute

from escalation.domain.decisions import react, take
from escalation.domain.hands import Assign, Command, Escalate, Return, decide
from escalation.domain.routing import Routing
from escalation.domain.teams import UNNAMED
from shared.events.envelope import Recorded
from shared.events.ids import derived_id

UP = Escalate(AGENT, "Needs a developer")
BACK = Return(AGENT, "Belongs on line 1")


def assign(to: str | None = "asa", line: int | None = None) -> Assign:
    return Assign(AGENT, to, line)


def played(*story: Recorded | tuple[float, Command]) -> tuple[Routing, list[Any]]:
    """Facts as they are heard, and commands at their minute."""
    routing, said = Routing(), list[Any]()
    for number, part in enumerate(story):
        if isinstance(part, Recorded):
            routing, decided = react(routing, part)
        else:
            at, command = part
            steps = decide(command, routing, derived_id("command", str(number)), minute(at), UNNAMED)
            routing, decided = take(routing, steps)
        said += [step.event for step in decided]
    return routing, said


def stands(*story: Recorded | tuple[float, Command]) -> tuple[int, str | None]:
    routing, _ = played(*story)
    return routing.line, routing.assignee
