"""What may come of trying to hand a mail to the next server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the mail over."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server will never take it. `reason` is a stable code without personal data."""

    reason: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The server asks to try again later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The conversation broke after the mail had begun to go over: it may have been taken, or not."""

    reason: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """It may have been taken as often as it may be sent, so it was not sent again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreached:
    """No server was reached, or the attempt was not begun: it does not count."""

    reason: str


Outcome = Accepted | Refused | Deferred | Unknown | Exhausted | Unreached
