"""What a ticket's deadlines would be: the engine's own arithmetic, asked from outside."""

from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError

from shared.errors import NotFound
from sla_engine.agreements import Agreements
from sla_engine.domain.calendar import OutsideCalendar
from sla_engine.domain.clock import Agreed, Deadline, Pause, deadlines, received
from sla_engine.domain.instants import from_micros, to_micros
from sla_engine.requests import PreviewBody


class Fault(Exception):
    """What is wrong with a body, and where in it."""

    def __init__(self, message: str, *place: str | int) -> None:
        super().__init__(message)
        self.place = place


Placed = tuple[tuple[int, ...], PreviewBody]
"""A body, and its place in the request."""


def preview(agreements: Agreements, bodies: Sequence[Placed]) -> list[dict[str, Any]]:
    """The answer to each body; bodies come with their place in the request.

    Raises RequestValidationError with a pointer for each body that cannot be reckoned.
    """
    answers: list[dict[str, Any]] = []
    faults: list[dict[str, Any]] = []
    for place, body in bodies:
        try:
            answers.append(_one(agreements, body))
        except Fault as fault:
            faults.append({"type": "value_error", "loc": ("body", *place, *fault.place), "msg": str(fault)})
    if faults:
        raise RequestValidationError(faults, body=_skeleton(bodies))
    return answers


def _one(agreements: Agreements, body: PreviewBody) -> dict[str, Any]:
    try:
        terms = agreements.of_contract(body.contract)
    except NotFound as unknown:
        raise Fault(unknown.detail, "contract") from None
    pauses, agreed = _pauses(body), _agreed(body)
    try:
        base = received(terms.calendar, to_micros(body.registered_at))
        found = deadlines(terms.policy, terms.calendar, base, body.priority, pauses=pauses, agreed=agreed)
    except OutsideCalendar:
        raise Fault("No opening hours are known that far away.", "registered_at") from None
    return {"received_at": from_micros(base.received), "deadlines": [_deadline(each) for each in found]}


def _pauses(body: PreviewBody) -> list[Pause]:
    pauses: list[Pause] = []
    for number, given in enumerate(body.pauses):
        pause = Pause(to_micros(given.start), None if given.end is None else to_micros(given.end))
        if pause.end is not None and pause.end < pause.start:
            raise Fault("A pause ends after it begins.", "pauses", number, "to")
        if pauses and (pauses[-1].end is None or pause.start < pauses[-1].end):
            raise Fault("Pauses come in order, each after the end of the one before.", "pauses", number)
        pauses.append(pause)
    return pauses


def _agreed(body: PreviewBody) -> Agreed | None:
    if body.agreed is None:
        return None
    agreed = Agreed(to_micros(body.agreed.due_at), to_micros(body.agreed.agreed_at))
    if agreed.due <= agreed.at:
        raise Fault("An agreed date must lie after the agreement.", "agreed", "due_at")
    return agreed


def _deadline(deadline: Deadline) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": deadline.kind,
        "due_at": from_micros(deadline.due),
        "warn_at": from_micros(deadline.warn),
    }
    if deadline.soft is not None:
        shown["soft_due_at"] = from_micros(deadline.soft)
    return shown | {"commitment": deadline.commitment}


def _skeleton(bodies: Sequence[Placed]) -> Any:
    """The bodies as they were sent, so that pointers into them can be checked."""
    sent = [body.model_dump(by_alias=True) for _, body in bodies]
    return sent if bodies[0][0] else sent[0]
