"""A fault in a policy file: where, what, and what to write instead."""

from collections.abc import Iterable
from difflib import get_close_matches

import msgspec


class Place(msgspec.Struct, frozen=True, order=True):
    """A character of the file; both count from 1, as editors do."""

    line: int
    column: int


class Fault(msgspec.Struct, frozen=True, order=True):
    """`instead` is what to write there; nothing where `what` says it all."""

    place: Place
    what: str
    instead: str = ""

    def __str__(self) -> str:
        told = f"{self.place.line}:{self.place.column}: {self.what}"
        return f"{told}; {self.instead}" if self.instead else told


class Misread(ValueError):
    """A text that its reader cannot make sense of."""

    def __init__(self, what: str, instead: str) -> None:
        super().__init__(what)
        self.what, self.instead = what, instead


def meant(given: str, known: Iterable[str]) -> str | None:
    """Which of `known` was misspelt as `given`; of two letters everything is near to everything."""
    spelt = {each.lower(): each for each in known}
    if len(given) < 3:
        return spelt.get(given.lower())
    near = get_close_matches(given.lower(), spelt, n=1)
    return spelt[near[0]] if near else None


def one_of(given: str, known: Iterable[str]) -> str:
    """Which of `known` was meant by `given`, or what there is."""
    choices = list(known)
    near = meant(given, choices)
    return f"did you mean `{near}`?" if near else f"one of {', '.join(choices)}"
